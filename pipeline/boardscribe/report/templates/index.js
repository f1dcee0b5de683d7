"use strict";
(() => {
  const search = document.querySelector("#search"), found = document.querySelector(".found");
  if (!search) return;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const cards = [...document.querySelectorAll(".card")];
  const names = new Map(cards.map((card) => [card, plain(card.querySelector(".name bdi").textContent)]));
  search.addEventListener("input", () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    for (const card of cards) card.hidden = !words.every((word) => names.get(card).includes(word));
    const left = cards.filter((card) => !card.hidden).length;
    found.textContent = words.length ? `${left} of ${cards.length} boards` : "";
  });
})();
