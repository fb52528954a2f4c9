import type { AbrController, FragLoadedData, FragLoadingData, Events } from "hls.js";

const ANSWER_MS = 50;

/**
 * The choice of variants by what the network carries, not by how long the server encodes. A segment that is being made
 * answers late and then at once: counted as a slow network it would send the player from variant to variant, each one
 * another encoder that starts from nothing.
 */
export function patient(Base: typeof AbrController): typeof AbrController {
  return class extends Base {
    protected override onFragLoading(event: Events.FRAG_LOADING, data: FragLoadingData): void {
      super.onFragLoading(event, data);
      this.clearTimer(); // never give up a segment half way
    }

    protected override onFragLoaded(event: Events.FRAG_LOADED, data: FragLoadedData): void {
      const { loading } = (data.part ?? data.frag).stats;
      loading.start = Math.max(loading.start, loading.first - ANSWER_MS);
      super.onFragLoaded(event, data);
    }
  };
}
