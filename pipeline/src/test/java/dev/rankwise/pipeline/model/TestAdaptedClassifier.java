package dev.rankwise.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.pipeline.estimator.TinyAdapter;
import dev.rankwise.pipeline.evaluate.ClassScores;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestAdaptedClassifier {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
  private static final TokenBatch BATCH =
      new TokenBatch(
          new int[] {101, 3899, 102, 101, 7852, 2833, 102},
          new int[7],
          new int[] {0, 3, 7},
          new int[] {0, 2});

  @Test
  void opensTheModelOnlyWhereKernelsGiveTheBitsOfTheRun() {
    NumericsProbe here = NumericsProbe.ofThisJvm(1);
    String there = "0".repeat(64);

    source(new RequiredBits(here.sha256(), "any")).open().close();

    assertThatThrownBy(() -> source(new RequiredBits(there, "Xeon [avx2]")).open())
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "An executor that joined the run ("
                + ExecutorProbe.described(here.processor(), System.getenv())
                + ") computes fixed kernels to other bits than those it began with (Xeon [avx2]): "
                + here.sha256()
                + " here, "
                + there
                + " there; use hosts of one kind, or pin all to their common level with"
                + " spark.executorEnv.ATEN_CPU_CAPABILITY, ONEDNN_MAX_CPU_ISA and MKL_CBWR");
  }

  @Test
  void baseOfOtherBytesIsRefused() {
    AdaptedClassifier source =
        new AdaptedClassifier(
            new BaseReference("minilm", "1".repeat(64)),
            TinyAdapter.LABELS,
            TinyAdapter.spec(),
            SETTINGS,
            RequiredBits.any());

    assertThatThrownBy(source::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("but " + "1".repeat(64) + " is needed");
  }

  @Test
  void gradientAndScoresAreOfOneModel() {
    int scopes = TensorScope.open();
    Adapter adapter = TinyAdapter.of(2);
    try (ResidentModel model = source(RequiredBits.any()).open();
        LoadedParameters loaded = model.load(adapter.values())) {
      GroupSum sum = loaded.gradient(List.of(BATCH), 2);
      float[][] logits = loaded.logits(BATCH);

      double loss =
          ClassScores.crossEntropy(logits[0], 0) / 2 + ClassScores.crossEntropy(logits[1], 2) / 2;
      assertThat(sum.lossSum()).isCloseTo(loss, within(1e-5));
      assertThat(sum.gradient()).hasSize(adapter.plan().layout().size());
      assertThat(sum.examples()).isEqualTo(2);
    }
    assertThat(TensorScope.open()).isEqualTo(scopes);
  }

  @Test
  void everythingThatChangesTheModelChangesItsKey() {
    String key = source(RequiredBits.any()).key();

    assertThat(source(RequiredBits.any()).key()).isEqualTo(key);
    assertThat(
            List.of(
                source(new RequiredBits("a", "")).key(),
                new AdaptedClassifier(
                        TinyAdapter.reference(),
                        List.of("x", "y", "z"),
                        TinyAdapter.spec(),
                        SETTINGS,
                        RequiredBits.any())
                    .key(),
                new AdaptedClassifier(
                        TinyAdapter.reference(),
                        TinyAdapter.LABELS,
                        TinyAdapter.spec().withRank(3, 4),
                        SETTINGS,
                        RequiredBits.any())
                    .key(),
                new AdaptedClassifier(
                        TinyAdapter.reference(),
                        TinyAdapter.LABELS,
                        TinyAdapter.spec(),
                        new ReplicaSettings(BaseType.BFLOAT16, BaseType.FLOAT32, 1),
                        RequiredBits.any())
                    .key()))
        .doesNotContain(key)
        .doesNotHaveDuplicates();
  }

  private static AdaptedClassifier source(RequiredBits numerics) {
    return new AdaptedClassifier(
        TinyAdapter.reference(), TinyAdapter.LABELS, TinyAdapter.spec(), SETTINGS, numerics);
  }
}
