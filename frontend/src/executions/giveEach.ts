/** One command to several executions, each answered apart. */

import { commandExecution } from "../api/executions";
import { messageOf } from "../api/problems";

export type EachCommand = "cancel" | "retry";

export interface EachResult {
  done: number;
  /** Why the others were refused. */
  refused: string[];
}

/** True if an execution with this status can be given the command. */
export function fitsCommand(status: string, command: EachCommand): boolean {
  const fitting = command === "cancel" ? ["PENDING", "RUNNING", "PAUSED"] : ["FAILED", "CANCELLED"];
  return fitting.includes(status);
}

/** Give the command to one after the other. */
export async function giveEach(ids: string[], command: EachCommand, give = commandExecution): Promise<EachResult> {
  const result: EachResult = { done: 0, refused: [] };
  for (const id of ids) {
    try {
      await give(id, command);
      result.done += 1;
    } catch (error) {
      result.refused.push(messageOf(error));
    }
  }
  return result;
}

/** What became of it: "3 cancelled. 1 was refused: …". */
export function resultText(command: EachCommand, done: number, refused: string[]): string {
  const verb = command === "cancel" ? "cancelled" : "retried";
  const text = `${done} ${verb}.`;
  if (refused.length === 0) return text;
  return `${text} ${refused.length} ${refused.length === 1 ? "was" : "were"} refused: ${refused[0]}`;
}

/** For how many it would be done, before it is. */
export function countText(found: number, more: boolean, action: EachCommand): string {
  if (found === 0) {
    return action === "cancel"
      ? "All that match the filter have ended."
      : "None that matches the filter has failed or was cancelled.";
  }
  const number = `${found}${action === "cancel" ? " that have not ended" : " that failed or were cancelled"}`;
  const rest = "Executions that start from now on are left alone.";
  return more ? `The newest ${number}. There are more; do it again for those. ${rest}` : `${number}. ${rest}`;
}
