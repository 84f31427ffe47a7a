import type { Manifest as RunManifest } from "@touchstone/core";
import { compact } from "@touchstone/report/view";
import type { ComponentChildren } from "preact";
import { Brand, WhenAndWhere } from "../page/header.tsx";
import { Planted } from "../page/text.tsx";

type Manifest = Pick<RunManifest, "started" | "touchstone" | "machine" | "models">;

interface Props {
  readonly title: string;
  readonly manifest: Manifest;
  /** Parts of the page: id and name. */
  readonly parts: readonly (readonly [id: string, name: string])[];
  /** What is asked, a paragraph or two. */
  readonly children: ComponentChildren;
}

/** The head of an experiment's page: its question, when and where it was made, and the way through the page. */
export function Header({ title, manifest, parts, children }: Props) {
  return (
    <header>
      <Brand />
      <h1>{title}</h1>
      {children}
      <dl class="facts">
        <WhenAndWhere manifest={manifest} />
      </dl>
      <nav aria-label="Parts of this page">
        {parts.map(([id, name]) => (
          <a key={id} href={`#${id}`}>
            {name}
          </a>
        ))}
      </nav>
    </header>
  );
}

/** A model of the experiment as an item of a list. */
export function ModelItems({ models }: Pick<Manifest, "models">) {
  return (
    <>
      {models.map(({ name, role, parameters_total: total, planted }) => (
        <li key={`${role} ${name}`}>
          {name}: {role}, {total === null ? "size not recorded" : `${compact(total)} parameters`}{" "}
          <Planted flaw={planted} />
        </li>
      ))}
    </>
  );
}
