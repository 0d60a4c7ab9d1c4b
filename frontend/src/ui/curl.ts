/** Requests as curl commands. */

export interface CurlRequest {
  path: string;
  method?: "POST" | "PUT" | "DELETE";
  body?: unknown;
}

/** The command that sends a request; where people sign in, with a key that the shell has. */
export function curlOf({ path, method, body }: CurlRequest, origin: string, isKeyNeeded: boolean): string {
  // With a body, curl sends a POST by itself.
  const verb = method && !(method === "POST" && body !== undefined) ? ` -X ${method}` : "";
  const key = isKeyNeeded ? ' -H "Authorization: Bearer $TRIGRAPH_KEY"' : "";
  const data = body === undefined ? "" : ` -d ${quoted(JSON.stringify(body))}`;
  return `curl${verb} ${quoted(origin + path, /[^\w:/.-]/)}${key}${data}`;
}

/** A text as a shell takes it; plain where nothing in it needs quotes. */
function quoted(text: string, needs = /./): string {
  return needs.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : text;
}
