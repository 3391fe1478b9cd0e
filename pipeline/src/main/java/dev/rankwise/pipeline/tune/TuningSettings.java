package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is tuned and how. Driver only.
 *
 * @param base the base, with the hash that every host must find
 * @param adapter what is trained beside it
 * @param training order, batch, optimizer and schedule
 * @param weightDecay λ of AdamW, for all tensors
 * @param replica element types and threads
 * @param decisive those settings of the recipe that change the result, by dotted key; they become
 *     part of the fingerprint
 */
public record TuningSettings(
    BaseReference base,
    AdapterSpec adapter,
    TrainingSettings training,
    double weightDecay,
    ReplicaSettings replica,
    SortedMap<String, String> decisive) {

  public TuningSettings {
    decisive = Collections.unmodifiableSortedMap(new TreeMap<>(decisive));
  }
}
