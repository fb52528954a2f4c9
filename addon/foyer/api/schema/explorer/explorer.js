// The API explorer: one page without any library. Introspection answers administrators only.
"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const endpoint = new URL("graphql", document.baseURI);
  const typeName = (type) =>
    type.kind === "NON_NULL" ? `${typeName(type.ofType)}!` : type.kind === "LIST" ? `[${typeName(type.ofType)}]` : type.name;
  const named = (type) => (type.ofType ? named(type.ofType) : type.name);
  let types = new Map();
  let running = null;

  /** An access token or API key, kept until the tab closes; through Home Assistant none is needed. */
  const KEY = "foyer.explorer.token";
  element("token").value = sessionStorage.getItem(KEY) ?? "";
  element("token").addEventListener("change", () => {
    sessionStorage.setItem(KEY, element("token").value.trim());
    void loadSchema();
  });

  function headers(accept) {
    const access = element("token").value.trim();
    return { "content-type": "application/json", accept, ...(access ? { authorization: `Bearer ${access}` } : {}) };
  }

  async function ask(body) {
    const response = await fetch(endpoint, { method: "POST", headers: headers("application/json"), body: JSON.stringify(body) });
    return response.json();
  }

  function show(value) {
    element("answer").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  }

  /** Subscriptions come as an event stream; each event is put above the last. */
  async function follow(body, signal) {
    const init = { method: "POST", headers: headers("text/event-stream"), body: JSON.stringify(body), signal };
    const response = await fetch(endpoint, init);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split(/\r?\n\r?\n/);
      text = events.pop();
      for (const event of events) {
        const data = event.split(/\r?\n/).find((line) => line.startsWith("data: {"));
        if (data) show(`${JSON.stringify(JSON.parse(data.slice(6)), null, 2)}\n${element("answer").textContent}`.slice(0, 200000));
      }
    }
  }

  async function run() {
    running?.abort();
    show("");
    const started = performance.now();
    try {
      const query = element("query").value;
      const body = { query, variables: JSON.parse(element("variables").value || "{}") };
      if (/^\s*subscription\b/m.test(query)) {
        running = new AbortController();
        element("stop").hidden = false;
        element("status").textContent = "Following …";
        await follow(body, running.signal);
      } else {
        show(await ask(body));
      }
      element("status").textContent = `${Math.round(performance.now() - started)} ms`;
    } catch (error) {
      if (error.name !== "AbortError") show(String(error));
      element("status").textContent = "Stopped";
    } finally {
      element("stop").hidden = true;
    }
  }

  const REFERENCE = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
  const SCHEMA = `{ __schema { types { kind name description
    fields { name description args { name type { ${REFERENCE} } } type { ${REFERENCE} } }
    inputFields { name description type { ${REFERENCE} } }
    enumValues { name description } possibleTypes { name } } } }`;

  async function loadSchema() {
    const answer = await ask({ query: SCHEMA });
    if (!answer.data) {
      element("docs").textContent = "The schema is shown to administrators. Enter the token of one above.";
      return;
    }
    types = new Map(answer.data.__schema.types.map((type) => [type.name, type]));
    describe("Query");
  }

  function line(term, description, target) {
    const name = document.createElement("dt");
    if (target && types.has(target)) {
      const link = document.createElement("button");
      link.type = "button";
      link.textContent = term;
      link.addEventListener("click", () => describe(target));
      name.append(link);
    } else {
      name.textContent = term;
    }
    const text = document.createElement("dd");
    text.textContent = description ?? "";
    element("docs").append(name, text);
  }

  function describe(wanted) {
    const type = types.get(wanted);
    if (!type) return;
    element("find").value = wanted;
    element("docs").replaceChildren();
    line(`${type.kind.toLowerCase()} ${type.name}`, type.description);
    for (const field of type.fields ?? type.inputFields ?? []) {
      const given = (field.args ?? []).map((one) => `${one.name}: ${typeName(one.type)}`).join(", ");
      line(`${field.name}${given ? `(${given})` : ""}: ${typeName(field.type)}`, field.description, named(field.type));
    }
    for (const value of type.enumValues ?? []) line(value.name, value.description);
    for (const one of type.possibleTypes ?? []) line(`… ${one.name}`, "", one.name);
  }

  element("run").addEventListener("click", run);
  element("stop").addEventListener("click", () => running?.abort());
  element("find").addEventListener("change", (event) => describe(event.target.value.trim()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run();
  });
  void loadSchema();
})();
