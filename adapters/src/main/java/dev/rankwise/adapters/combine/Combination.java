package dev.rankwise.adapters.combine;

/**
 * How several LoRA adapters of one base become one. Of adapters i with weights wᵢ, updates {@code
 * ΔWᵢ = sᵢ·Bᵢ·Aᵢ} and densities d; the names are PEFT's.
 */
public enum Combination {
  /**
   * The weighted sum of the updates, {@code Σ wᵢ·ΔWᵢ}, exactly: {@code A = [wᵢ·sᵢ·Aᵢ]} on top of
   * each other and {@code B = [Bᵢ]} side by side. The rank is the sum of the ranks.
   */
  CAT,
  /**
   * That sum again, cut to its largest singular values: the closest update of a rank that is asked
   * for. Exact if the rank is no lower than the sum's.
   */
  SVD,
  /**
   * The sum of the factors, each times {@code √(wᵢ·sᵢ)}: <em>not</em> the sum of the updates, since
   * B of one adapter meets A of another. For adapters of one rank that came from one run.
   */
  LINEAR,
  /** {@link #LINEAR} of factors of which the d·n largest numbers by magnitude are left. */
  MAGNITUDE_PRUNE,
  /**
   * {@link #LINEAR} of factors pruned by magnitude, where each number of the result is the mean of
   * those alone that have the sign of the majority (Yadav et al., "TIES-Merging", arXiv
   * 2306.01708).
   */
  TIES,
  /**
   * {@link #LINEAR} of factors of which each number is dropped with probability 1 − d and the
   * others are divided by d (Yu et al., "Language Models are Super Mario", arXiv 2311.03099).
   */
  DARE_LINEAR,
  /** {@link #TIES} of factors that are thinned at random as in {@link #DARE_LINEAR}. */
  DARE_TIES;

  /** Whether it adds up factors, which must then have the same shapes. */
  public boolean addsFactors() {
    return this != CAT && this != SVD;
  }

  /** Whether a share of the numbers is left out. */
  public boolean thins() {
    return this == MAGNITUDE_PRUNE || this == TIES || drops();
  }

  /** Whether it is left to chance which. */
  public boolean drops() {
    return this == DARE_LINEAR || this == DARE_TIES;
  }

  /** Whether signs are voted on. */
  public boolean votes() {
    return this == TIES || this == DARE_TIES;
  }
}
