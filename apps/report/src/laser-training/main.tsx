import type { LaserTrainingPageData } from "@touchstone/report";
import { render } from "preact";
import { LaserTrainingPage } from "./page.tsx";

const data = JSON.parse(document.querySelector("#run")!.textContent) as LaserTrainingPageData;
document.title = `${data.manifest.experiment} · Touchstone`;
render(<LaserTrainingPage data={data} />, document.querySelector("#page")!);
