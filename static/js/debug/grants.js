// What a token grants under the Mercure protocol: draft 07's claim `mercure`, draft 08's `authorization_details`.

import { isObject } from "./json.js";

const CLAIMS = ["mercure", "https://mercure.rocks/"];
const DETAIL = "https://mercure.rocks/authorization-detail";
const ACTIONS = ["publish", "subscribe"];

/** Longer lists are shown up to here. */
const SELECTORS_SHOWN = 50;

const isText = (value) => typeof value === "string";

/** `[{ draft, action, selectors, more }]`, selectors as texts; `remarks` gets what is wrong. */
export function grantsOf(claims, remarks) {
  const grants = [...draft07(claims, remarks), ...draft08(claims.authorization_details, remarks)];
  if (!grants.length) remarks.push("It grants nothing: neither mercure nor authorization_details says what.");
  return grants;
}

function draft07(claims, remarks) {
  const name = CLAIMS.find((name) => Object.hasOwn(claims, name));
  return ACTIONS.flatMap((action) => {
    const selectors = claims[name]?.[action];
    if (selectors === undefined) return [];
    if (Array.isArray(selectors) && selectors.every(isText)) return grant("07", action, selectors);
    remarks.push(`${name}.${action} is no list of texts.`);
    return [];
  });
}

// One defect anywhere, and a hub refuses the whole token: so this says where.
function draft08(details = [], remarks) {
  if (!Array.isArray(details)) return remarks.push("authorization_details is no list."), [];
  return details.flatMap((detail, at) => {
    if (isObject(detail) && detail.type !== DETAIL) return [];
    if (!isSound(detail)) return remarks.push(`authorization_details[${at}] lacks actions or topics as they should be.`), [];
    const selectors = detail.topics.map(({ match, match_type: type }) => (type ? `${match} (${type})` : match));
    return ACTIONS.filter((action) => detail.actions.includes(action)).flatMap((action) => grant("08", action, selectors));
  });
}

function isSound(detail) {
  const isList = (list, isGood) => Array.isArray(list) && list.length > 0 && list.every(isGood);
  const isTopic = (topic) => isObject(topic) && isText(topic.match) && isText(topic.match_type ?? "");
  return isList(detail?.actions, isText) && isList(detail.topics, isTopic);
}

function grant(draft, action, selectors) {
  return [{ draft, action, selectors: selectors.slice(0, SELECTORS_SHOWN), more: selectors.length - SELECTORS_SHOWN }];
}
