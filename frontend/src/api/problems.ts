/** Errors of the API as sentences for people. */

export interface Problem {
  message: string;
  code?: string;
  node_id?: string | null;
  pointer?: string | null;
}

/** An answer that is not a success; `status` is 0 where no answer came. */
export class ApiError extends Error {
  readonly status: number;
  /** What the server wrote. */
  readonly answer: unknown;

  constructor(status: number, sentence: string, answer: unknown) {
    super(sentence);
    this.name = "ApiError";
    this.status = status;
    this.answer = answer;
  }

  /** The problems of a definition, each with its place; empty for other errors. */
  get problems(): Problem[] {
    const detail = detailOf(this.answer);
    return Array.isArray(detail) ? detail.filter(isProblem) : [];
  }
}

const WITHOUT_ANSWER = "The server does not answer. Check that Trigraph runs, and your network.";
const BY_STATUS: Record<number, string> = {
  0: WITHOUT_ANSWER,
  401: "Sign in with a key first.",
  403: "Your key does not allow this.",
  404: "This does not exist. It may have been deleted.",
  412: "Somebody saved this since you read it.",
  502: WITHOUT_ANSWER,
  503: "The database is not available; try again soon.",
  504: WITHOUT_ANSWER,
};

/** The sentence to show for an answer: the server's own, which names the remedy, or one for the status. */
export function sentenceOf(status: number, answer: unknown): string {
  const detail = detailOf(answer);
  if (typeof detail === "string" && detail) return detail;
  if (Array.isArray(detail) && detail.length > 0) return detail.map(lineOf).join(" ");
  return BY_STATUS[status] ?? `The server answered ${status}, without saying why.`;
}

/** The sentence of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The HTTP status of an error; undefined for one that is not an answer of the API. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

function detailOf(answer: unknown): unknown {
  return answer && typeof answer === "object" && "detail" in answer ? answer.detail : undefined;
}

function isProblem(value: unknown): value is Problem {
  return !!value && typeof value === "object" && "message" in value && typeof value.message === "string";
}

function lineOf(value: unknown): string {
  if (isProblem(value)) return value.message;
  if (value && typeof value === "object" && "msg" in value) {
    const place = "loc" in value && Array.isArray(value.loc) ? `${value.loc.slice(1).join(".")}: ` : "";
    return `${place}${String(value.msg)}`;
  }
  return String(value);
}
