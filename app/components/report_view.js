// The report with its mentions highlighted; a click or Enter on one opens its menu.
const STATUSES = [["present", "Present"], ["excluded", "Absent"], ["uncertain", "Uncertain"], ["family", "Family"]];

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".report");
  const drawn = JSON.stringify(data);
  if (root.dataset.drawn === drawn) return;
  root.dataset.drawn = drawn;
  const scroll = root.scrollTop;
  root.replaceChildren();
  const body = make("div", "body");
  const menu = make("div", "menu");
  menu.hidden = true;
  menu.setAttribute("role", "group");
  root.append(body, menu);
  let opener = null;

  function close(refocus) {
    menu.hidden = true;
    if (opener) {
      opener.setAttribute("aria-expanded", "false");
      if (refocus) opener.focus();
    }
    opener = null;
  }

  function send(at, action, value) {
    close(false);
    setTriggerValue("edit", { at, action, value: value ?? null });
  }

  function open(mark, ids) {
    if (opener === mark) return close(true);
    close(false);
    opener = mark;
    mark.setAttribute("aria-expanded", "true");
    menu.replaceChildren();
    for (const at of ids) {
      const mention = data.mentions[at];
      menu.append(make("strong", "", mention.label), make("span", "id", mention.hpo_id));
      const choices = make("div", "choices");
      for (const [status, word] of STATUSES) {
        const button = make("button", status, word);
        button.type = "button";
        button.setAttribute("aria-pressed", String(mention.status === status));
        button.onclick = () => send(at, "status", status);
        choices.append(button);
      }
      const other = make("button", "", "Another term…");
      other.type = "button";
      other.onclick = () => send(at, "term");
      const remove = make("button", "", "Not a finding");
      remove.type = "button";
      remove.onclick = () => send(at, "remove");
      choices.append(other, remove);
      menu.append(choices);
    }
    menu.hidden = false;
    const width = Math.min(340, root.clientWidth - 16);
    menu.style.width = `${width}px`;
    const left = Math.max(4, Math.min(mark.offsetLeft, root.clientWidth - width - 12));
    menu.style.left = `${left}px`;
    menu.style.top = `${mark.offsetTop + mark.offsetHeight + 4}px`;
    menu.querySelector("button").focus({ preventScroll: true });
    menu.scrollIntoView({ block: "nearest" });
  }

  for (const segment of data.segments) {
    if (!segment.mentions.length) {
      body.append(document.createTextNode(segment.text));
      continue;
    }
    const first = data.mentions[segment.mentions[0]];
    const mark = make("mark", `${first.status}${first.off ? " off" : ""}`, segment.text);
    mark.tabIndex = 0;
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-expanded", "false");
    mark.setAttribute("aria-label", `${segment.text}: ${first.label}, ${first.status}`);
    mark.title = `${first.label} · ${first.hpo_id} · ${first.status}`;
    mark.onclick = () => open(mark, segment.mentions);
    mark.onkeydown = (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open(mark, segment.mentions);
      }
    };
    body.append(mark);
  }
  root.onkeydown = (event) => { if (event.key === "Escape") close(true); };
  root.onclick = (event) => {
    if (!menu.hidden && !menu.contains(event.target) && event.target.tagName !== "MARK") close(false);
  };
  root.scrollTop = scroll;
}
