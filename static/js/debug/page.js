// The debug page: three parts, of which the token is used by the other two.

import { startPublish } from "./publish.js";
import { startSubscribe } from "./subscribe.js";
import { startToken } from "./token_view.js";

startToken();
startSubscribe();
startPublish();
