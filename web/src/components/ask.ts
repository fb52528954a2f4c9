import { html, render } from "lit";
import { t } from "../i18n";
import "./confirmation";

/** Ask before something that cannot be taken back. */
export function ask(question: { heading: string; text: string; action: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const host = document.createElement("div");
    const answer = (event: Event): void => {
      host.remove();
      resolve((event as CustomEvent<boolean>).detail);
    };
    document.body.append(host);
    render(
      html`<foyer-confirmation .heading=${question.heading} .text=${question.text} .action=${question.action || t("action.ok")} @answer=${answer}></foyer-confirmation>`,
      host,
    );
  });
}
