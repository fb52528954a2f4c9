import type { Client } from "../api/client";
import { ApiError } from "../api/errors";
import { CompleteSetup, Login, Logout, type Permission, Server, type ServerQuery, type Tokens, type Viewer } from "../api/generated";
import type { Live } from "../api/live";
import { deviceName } from "./device";

export type Stage = "starting" | "unreachable" | "setup" | "login" | "ready";

/** Who is here, and what they may do. Dispatches `change`. */
export class Session extends EventTarget {
  stage: Stage = "starting";
  server: ServerQuery["server"] | null = null;
  viewer: Viewer | null = null;

  constructor(
    private readonly client: Client,
    private readonly live: Live,
  ) {
    super();
    client.onLoggedOut = () => this.enter("login", null);
  }

  may(permission: Permission): boolean {
    return this.viewer?.permissions.includes(permission) ?? false;
  }

  /** Ask the server who we are; an old login is renewed on the way. */
  async start(): Promise<void> {
    this.enter("starting", null);
    try {
      if (!this.client.tokens.access && this.client.tokens.refresh) await this.client.renew();
      this.server = (await this.client.query(Server, {})).server;
      this.client.throughIngress = this.server.ingress;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.enter(error.code === "UNAUTHENTICATED" ? "login" : "unreachable", null);
      return;
    }
    const { setupRequired, viewer } = this.server;
    // Through ingress somebody is always there, also before an administrator with a password was made.
    if (viewer) this.enter("ready", viewer);
    else this.enter(setupRequired ? "setup" : "login", null);
  }

  async logIn(name: string, password: string): Promise<void> {
    const { tokens } = await this.client.mutate(Login, { input: { name, password, device: deviceName() } });
    await this.accept(tokens);
  }

  async setUp(name: string, password: string, setupToken: string): Promise<void> {
    const { tokens } = await this.client.mutate(CompleteSetup, { input: { name, password, setupToken, device: deviceName() } });
    await this.accept(tokens);
  }

  async logOut(): Promise<void> {
    const refreshToken = this.client.tokens.refresh;
    if (refreshToken) await this.client.mutate(Logout, { input: { refreshToken } }).catch(() => undefined);
    this.client.tokens.clear();
    await this.live.close();
    this.enter("login", null);
  }

  private async accept(tokens: Tokens): Promise<void> {
    this.client.tokens.save(tokens);
    await this.live.close();
    await this.start();
  }

  private enter(stage: Stage, viewer: Viewer | null): void {
    this.stage = stage;
    this.viewer = viewer;
    this.dispatchEvent(new Event("change"));
  }
}
