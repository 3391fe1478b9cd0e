package dev.rankwise.adapters.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.RandomEncoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dropout of an adapter's input: its values against an oracle, and what its masks depend on. */
final class TestLoraDropout {
  private static final double SHARE = 0.25;
  private static final DropoutKey KEY = new DropoutKey(5, 2, 1);

  @TempDir Path folder;

  /**
   * An output embedding is the last product, so its loss is a formula: logits {@code x·Wᵀ +
   * s/(1−p)·((x ⊙ kept)·Aᵀ)·Bᵀ} with the states x of the bare base.
   */
  @Test
  void lossAndGradientsAreThoseOfTheInputThatIsLeft() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 31);
    TokenBatch batch = decoder.batch(3);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec("lm_head"));
    Adapter adapter = Specs.random(plan, 4);
    try (Replica replica = open(decoder, plan, settings(BlockActivations.KEPT));
        Parameters theta = replica.parameters(adapter.values())) {
      List<float[]> states = replica.states(theta, batch);
      Head head = new Head(decoder, plan, batch, states.get(states.size() - 1));
      GroupSum sum = sum(replica, theta, batch, KEY);
      double[] values = wide(adapter.values());
      assertThat(sum.lossSum()).isCloseTo(head.loss(values), within(2e-5));
      for (int place = 0; place < values.length; place += 7) {
        double middle = values[place];
        values[place] = middle + 1e-5;
        double above = head.loss(values);
        values[place] = middle - 1e-5;
        double expected = (above - head.loss(values)) / 2e-5;
        values[place] = middle;
        assertThat((double) sum.gradient()[place])
            .isCloseTo(expected, within(1e-5 + 1e-4 * Math.abs(expected)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q_proj", "all-linear", "lm_head"})
  void blocksThatAreComputedAgainDropTheSame(String targets) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 32);
    TokenBatch batch = decoder.batch(3);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(targets));
    float[] values = Specs.random(plan, 4).values();
    List<float[]> gradients = new ArrayList<>();
    for (BlockActivations activations : BlockActivations.values()) {
      try (Replica replica = open(decoder, plan, settings(activations));
          Parameters theta = replica.parameters(values)) {
        gradients.add(sum(replica, theta, batch, KEY).gradient());
      }
    }
    assertThat(gradients.get(1)).containsExactly(gradients.get(0));
  }

  @ParameterizedTest
  @EnumSource(BaseType.class)
  void masksGoWithTheMicroBatchAndWithNothingElse(BaseType type) throws Exception {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 33);
    TokenBatch batch = encoder.batch(4);
    AdapterPlan dropping =
        AdapterPlan.of(encoder.config(), dropping(Specs.uneven(List.of("classifier"))));
    AdapterPlan plain = AdapterPlan.of(encoder.config(), Specs.uneven(List.of("classifier")));
    float[] values = Specs.random(dropping, 4).values();
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1);
    try (Replica replica =
            Replica.open(
                encoder.directory(), encoder.config(), dropping.attachment(), settings, folder);
        Replica without =
            Replica.open(
                encoder.directory(), encoder.config(), plain.attachment(), settings, folder);
        Parameters theta = replica.parameters(values);
        Parameters same = without.parameters(values)) {
      float[] first = sum(replica, theta, batch, KEY).gradient();
      assertThat(sum(replica, theta, batch, KEY).gradient()).containsExactly(first);
      assertThat(sum(replica, theta, batch, KEY.plus(1)).gradient()).isNotEqualTo(first);
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        assertThat(other.submit(() -> sum(replica, theta, batch, KEY).gradient()).get())
            .containsExactly(first);
      } finally {
        other.shutdown();
      }
      // Outside training nothing is dropped, to the bit.
      assertThat(replica.logits(theta, batch)).isDeepEqualTo(without.logits(same, batch));
      float[] undropped = sum(without, same, batch, KEY).gradient();
      assertThat(undropped).isNotEqualTo(first);
    }
  }

  /** The loss of an adapted output embedding in double. */
  private record Head(RandomDecoder decoder, AdapterPlan plan, TokenBatch batch, float[] states) {

    double loss(double[] theta) {
      int hidden = decoder.config().hiddenSize();
      int vocabulary = decoder.config().vocabularySize();
      int a = plan.layout().offsetOf("lm_head.lora_A.weight");
      int b = plan.layout().offsetOf("lm_head.lora_B.weight");
      int rank = plan.spec().rank();
      double scale = plan.spec().alpha() / rank / (1 - SHARE);
      int[] targets = batch.targets();
      byte[] dropped = KEY.mask("lm_head", SHARE, 0, targets.length, hidden);
      double[] weight = decoder.tensors().get("lm_head.weight");
      double loss = 0;
      for (int row = 0; row < targets.length; row++) {
        double[] u = new double[rank];
        for (int i = 0; i < hidden; i++) {
          double kept = dropped[row * hidden + i] == 1 ? 0 : states[targets[row] * hidden + i];
          for (int k = 0; k < rank; k++) {
            u[k] += kept * theta[a + k * hidden + i];
          }
        }
        double[] logits = new double[vocabulary];
        for (int v = 0; v < vocabulary; v++) {
          for (int i = 0; i < hidden; i++) {
            logits[v] += states[targets[row] * hidden + i] * weight[v * hidden + i];
          }
          for (int k = 0; k < rank; k++) {
            logits[v] += scale * u[k] * theta[b + v * rank + k];
          }
        }
        double sum = 0;
        for (double logit : logits) {
          sum += Math.exp(logit);
        }
        loss += Math.log(sum) - logits[batch.labels()[targets[row]]];
      }
      return loss;
    }
  }

  private static AdapterSpec spec(String targets) {
    return dropping(
        AdapterSpec.of("lora")
            .withRank(3, 6)
            .withTargets(
                targets.equals("all-linear")
                    ? ModuleChoice.of(targets)
                    : ModuleChoice.of(List.of(targets))));
  }

  private static AdapterSpec dropping(AdapterSpec spec) {
    return spec.withDropout(SHARE);
  }

  private static ReplicaSettings settings(BlockActivations activations) {
    return new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1).with(activations);
  }

  private Replica open(RandomDecoder decoder, AdapterPlan plan, ReplicaSettings settings) {
    return Replica.open(decoder.directory(), decoder.config(), plan.attachment(), settings, folder);
  }

  private static GroupSum sum(Replica replica, Parameters theta, TokenBatch batch, DropoutKey key) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1, key);
      return pass.finish();
    }
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
