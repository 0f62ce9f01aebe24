import type { ServiceConfig } from "./service-config.js";

/**
 * Retry throttling of gRFC A6, one for a channel: a failed call costs a token,
 * a good one earns `tokenRatio`; at half of the tokens or fewer nothing is
 * tried again.
 */
export class RetryThrottle {
  private readonly maxTokens: number;
  private readonly tokenRatio: number;
  private tokens: number;

  constructor(config: NonNullable<ServiceConfig["retryThrottling"]>) {
    if (!(config.maxTokens > 0 && config.maxTokens <= 1000))
      throw new RangeError(`retryThrottling.maxTokens must lie in (0, 1000], not ${config.maxTokens}`);
    if (!(config.tokenRatio > 0)) throw new RangeError(`retryThrottling.tokenRatio must be positive, not ${config.tokenRatio}`);
    this.maxTokens = config.maxTokens;
    this.tokenRatio = Math.round(config.tokenRatio * 1000) / 1000;
    this.tokens = config.maxTokens;
  }

  get allows(): boolean {
    return this.tokens > this.maxTokens / 2;
  }

  failed(): void {
    this.tokens = Math.max(0, this.tokens - 1);
  }

  succeeded(): void {
    this.tokens = Math.min(this.maxTokens, this.tokens + this.tokenRatio);
  }
}
