// The pills are filters: what has the key of a pressed one stays, and all where none is pressed.
const pills = [...document.querySelectorAll("button[data-key]")];
const claims = [...document.querySelectorAll("[data-key]:not(button)")];
const pressed = (pill) => pill.getAttribute("aria-pressed") === "true";

function filter() {
  const keys = new Set(pills.filter(pressed).map((pill) => pill.dataset.key));
  for (const claim of claims) claim.classList.toggle("off", keys.size > 0 && !keys.has(claim.dataset.key));
  const left = claims.filter((claim) => !claim.classList.contains("off")).length;
  document.querySelector("[role=status]").textContent = keys.size ? `${left} of ${claims.length} claims are shown.` : "";
}

for (const pill of pills) {
  pill.disabled = false;
  pill.setAttribute("aria-pressed", "false");
  pill.addEventListener("click", () => {
    pill.setAttribute("aria-pressed", String(!pressed(pill)));
    filter();
  });
}

// A jump to what is filtered out or folded away shows it.
function reveal() {
  const target = document.querySelector(":target");
  const folded = target?.closest("details:not([open])");
  if (target?.matches(".off")) {
    for (const pill of pills) pill.setAttribute("aria-pressed", "false");
    filter();
  } else if (folded) folded.open = true;
  else return;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();

// Escape closes an enlarged figure.
addEventListener("keydown", (event) => {
  const close = document.querySelector("figure:target .close");
  if (close && event.key === "Escape") close.click();
});
