import type { PostTrainingPageData } from "@touchstone/report";
import { render } from "preact";
import { PostTrainingPage } from "./page.tsx";

const data = JSON.parse(document.querySelector("#run")!.textContent) as PostTrainingPageData;
document.title = `${data.manifest.comparison} · Touchstone`;
render(<PostTrainingPage data={data} />, document.querySelector("#page")!);
