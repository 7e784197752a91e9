// A combobox over HPO: what is typed goes to the server, which sends back the best terms.
function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const root = parentElement.querySelector(".search");
  if (!root.state) {
    const row = make("div", "row");
    const input = make("input");
    const list = make("ul");
    const status = make("select");
    input.type = "text";
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "found");
    input.autocomplete = "off";
    input.spellcheck = false;
    list.id = "found";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    for (const [value, word] of [["present", "present"], ["excluded", "absent"]]) {
      const option = make("option", "", word);
      option.value = value;
      status.append(option);
    }
    status.setAttribute("aria-label", "Add the finding as");
    row.append(input, status);
    root.append(row, list);
    root.state = { input, list, status, results: [], active: 0, timer: null, sent: null };
  }
  const s = root.state;
  s.status.hidden = !data.with_status;
  s.input.placeholder = data.placeholder;
  s.input.setAttribute("aria-label", data.label);

  function pick(found) {
    s.input.value = "";
    s.results = [];
    s.sent = null;
    draw();
    setTriggerValue("pick", { hpo_id: found.hpo_id, status: s.status.value });
    s.input.focus();
  }

  function draw() {
    s.list.replaceChildren();
    s.results.forEach((found, i) => {
      const item = make("li", i === s.active ? "active" : "");
      item.id = `found-${i}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(i === s.active));
      item.append(make("span", "label", found.label));
      if (found.matched && found.matched.toLowerCase() !== found.label.toLowerCase()) {
        item.append(make("span", "matched", found.matched));
      }
      item.append(make("span", "id", found.hpo_id));
      if (i === s.active && found.definition) item.append(make("span", "definition", found.definition));
      item.onmousedown = (event) => { event.preventDefault(); pick(found); };
      item.onmousemove = () => { if (s.active !== i) { s.active = i; draw(); } };
      s.list.append(item);
    });
    if (!s.results.length && s.sent && s.input.value === s.sent && data.query === s.sent) {
      s.list.append(make("li", "none", "No HPO term fits: try another word."));
    }
    const open = s.list.children.length > 0;
    s.list.hidden = !open;
    s.input.setAttribute("aria-expanded", String(open));
    if (s.results.length) s.input.setAttribute("aria-activedescendant", `found-${s.active}`);
    else s.input.removeAttribute("aria-activedescendant");
  }

  s.input.oninput = () => {
    clearTimeout(s.timer);
    const typed = s.input.value.trim();
    if (typed.length < 2) {
      s.results = [];
      s.sent = null;
      draw();
      return;
    }
    s.timer = setTimeout(() => { s.sent = typed; setStateValue("query", typed); }, 120);
  };
  s.input.onkeydown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (s.results.length) s.active = (s.active + step + s.results.length) % s.results.length;
      draw();
      s.list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && s.results[s.active]) {
      event.preventDefault();
      pick(s.results[s.active]);
    } else if (event.key === "Escape") {
      s.results = [];
      s.sent = null;
      draw();
    }
  };
  s.input.onblur = () => setTimeout(() => { s.list.hidden = true; }, 150);
  s.input.onfocus = () => { if (s.list.children.length) s.list.hidden = false; };

  if (data.query && data.query === s.sent && s.input.value.trim() === s.sent) {
    s.results = data.results;
    s.active = 0;
    draw();
  }
}
