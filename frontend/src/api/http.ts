/** Every request of the studio goes through here: whether the server answers, and errors as sentences. */

import { client } from "../client/client.gen";
import { noteAnswer, noteSilence } from "./connection";
import { ApiError, sentenceOf } from "./problems";

let isSetUp = false;

/** Set up the generated client; call it once, before the first request. */
export function setUpClient(): void {
  if (isSetUp) return;
  isSetUp = true;
  client.setConfig({ baseUrl: "", throwOnError: true });
  client.interceptors.response.use((response) => {
    // 502 to 504 come from a proxy, or from an API without its database.
    if (response.status >= 502 && response.status <= 504) noteSilence();
    else noteAnswer();
    return response;
  });
  client.interceptors.error.use((error, response) => {
    if (!response && !isAborted(error)) noteSilence();
    return new ApiError(response?.status ?? 0, sentenceOf(response?.status ?? 0, error), error);
  });
}

function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The body of an answer of the generated client. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
