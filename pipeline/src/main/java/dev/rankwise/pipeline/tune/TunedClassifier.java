package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.TrainingResult;

/**
 * A classifier that was tuned.
 *
 * @param adapter the trained adapter
 * @param source how executors open it
 * @param training what the training loop reached
 * @param fingerprint everything that the adapter's bytes depend on
 */
public record TunedClassifier(
    Adapter adapter,
    AdaptedClassifier source,
    TrainingResult training,
    RunFingerprint fingerprint) {}
