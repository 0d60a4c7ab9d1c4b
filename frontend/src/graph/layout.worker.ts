/** Lays out graphs away from the page, which stays responsive. */

import { layOut, type Outline } from "./layout";

self.onmessage = ({ data }: MessageEvent<Outline>) => {
  self.postMessage(layOut(data));
};
