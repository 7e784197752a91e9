// The case's findings: status, what-if switch and removal of each, all native controls.
const STATUSES = [["present", "present"], ["excluded", "absent"], ["uncertain", "uncertain"], ["family", "family"]];

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".findings");
  const drawn = JSON.stringify(data);
  if (root.dataset.drawn === drawn) return;
  root.dataset.drawn = drawn;
  const scroll = root.scrollTop;
  const send = (hpo_id, action, value) => setTriggerValue("edit", { hpo_id, action, value: value ?? null });
  const list = make("ul");
  for (const finding of data.findings) {
    const item = make("li", `${finding.status}${finding.counts ? "" : " idle"}`);
    const use = make("input");
    use.type = "checkbox";
    use.checked = finding.counts;
    use.disabled = !finding.counts && !finding.off;
    use.setAttribute("aria-label", `Use ${finding.label} in the ranking`);
    use.title = use.disabled ? `Does not count: ${finding.why}` : "Untick to see the ranking without it";
    use.onchange = () => send(finding.hpo_id, "switch");
    const name = make("a", "name", finding.label);
    if (finding.page) name.href = finding.page;
    name.target = "_blank";
    name.rel = "noopener noreferrer";
    name.title = [finding.hpo_id, finding.definition].filter(Boolean).join(": ");
    const status = make("select");
    status.setAttribute("aria-label", `Status of ${finding.label}`);
    for (const [value, word] of STATUSES) {
      const option = make("option", "", word);
      option.value = value;
      option.selected = value === finding.status;
      status.append(option);
    }
    status.onchange = () => send(finding.hpo_id, "status", status.value);
    const remove = make("button", "", "✕");
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove ${finding.label}`);
    remove.title = "Remove";
    remove.onclick = () => send(finding.hpo_id, "remove");
    const told = make("span", "told");
    told.append(name);
    if (finding.why) told.append(make("span", "why", finding.why));
    item.append(use, told, status, remove);
    list.append(item);
  }
  root.replaceChildren(list);
  root.scrollTop = scroll;
}
