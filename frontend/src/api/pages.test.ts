import { expect, it } from "vitest";
import { nextCursor } from "./pages";

it("finds the cursor of the next page", () => {
  expect(nextCursor('<http://localhost:8000/executions?limit=50&cursor=0199-a>; rel="next"')).toBe("0199-a");
});

it("finds none on the last page", () => {
  expect(nextCursor(null)).toBeNull();
});
