/** The pair of tokens of a login: access in memory only, refresh in storage so that a reload stays logged in. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
}

export class TokenStore {
  private accessToken: string | null = null;
  private readonly key: string;

  /** @param base the server's base URL: two servers on one host keep their logins apart */
  constructor(
    base: string,
    private readonly storage: Storage,
  ) {
    this.key = `foyer.refresh:${new URL(base).pathname}`;
  }

  get access(): string | null {
    return this.accessToken;
  }

  /** Read every time: another tab may have rotated it. */
  get refresh(): string | null {
    return this.storage.getItem(this.key);
  }

  save(pair: TokenPair): void {
    this.accessToken = pair.accessToken;
    this.storage.setItem(this.key, pair.refreshToken);
  }

  clear(): void {
    this.accessToken = null;
    this.storage.removeItem(this.key);
  }
}
