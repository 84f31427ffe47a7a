import type { PageData } from "@touchstone/report";
import { render } from "preact";
import { Page } from "./page.tsx";

const run = JSON.parse(document.querySelector("#run")!.textContent) as PageData;
document.title = `${run.manifest.suite} · Touchstone`;
render(<Page run={run} />, document.querySelector("#page")!);
