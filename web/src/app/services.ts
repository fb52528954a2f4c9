import { Client } from "../api/client";
import { Live } from "../api/live";
import { TokenStore } from "../api/tokens";
import { Changes } from "./changes";
import { Elsewhere } from "./elsewhere";
import { JobWatch } from "./job-watch";
import { ScreenWatch } from "./screen-watch";
import { Session } from "./session";

/** The parts every page shares, put together once. */
export const api = new Client(document.baseURI, new TokenStore(document.baseURI, localStorage));
export const live = new Live(api);
export const session = new Session(api, live);
export const changes = new Changes();
export const jobWatch = new JobWatch(live);
export const screenWatch = new ScreenWatch(live);
export const elsewhere = new Elsewhere(live, session);
