package dev.rankwise.pipeline.train;

/**
 * A loss that was measured on the way.
 *
 * @param step number of steps that were done
 * @param loss mean loss on the held-out rows after them, in nats
 */
public record HeldOutLoss(int step, double loss) {}
