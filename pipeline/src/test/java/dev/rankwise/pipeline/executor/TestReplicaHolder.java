package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestReplicaHolder {
  private static final List<String> EVENTS = new ArrayList<>();

  private final ReplicaHolder holder = new ReplicaHolder();

  TestReplicaHolder() {
    EVENTS.clear();
  }

  @Test
  void tasksOfAStepShareModelAndParameters() {
    ReplicaHolder.Lease one = lease("m", 0);
    ReplicaHolder.Lease two = lease("m", 0);
    assertThat(one.parameters()).isSameAs(two.parameters());
    one.close();
    two.close();
    lease("m", 0).close();
    assertThat(EVENTS).containsExactly("open m", "load m 0");
  }

  @Test
  void newParametersReplaceOldOnesWhenTheirLastTaskHasEnded() {
    ReplicaHolder.Lease slow = lease("m", 0);
    ReplicaHolder.Lease next = lease("m", 1);
    assertThat(EVENTS).containsExactly("open m", "load m 0", "load m 1");
    slow.close();
    assertThat(EVENTS).endsWith("close m 0");
    next.close();
    assertThat(EVENTS).endsWith("close m 0");
    lease("m", 1).close();
    assertThat(EVENTS).hasSize(4);
  }

  @Test
  void ofTheIdleModelsTheOneUsedLastStays() {
    lease("a", 0).close();
    lease("b", 0).close();
    lease("a", 0).close();
    lease("c", 0).close();
    assertThat(EVENTS)
        .containsExactly(
            "open a",
            "load a 0",
            "open b",
            "load b 0",
            "close b 0",
            "close b",
            "open c",
            "load c 0");
  }

  @Test
  void modelInUseIsNeverClosed() {
    ReplicaHolder.Lease first = lease("a", 0);
    ReplicaHolder.Lease second = lease("b", 0);
    ReplicaHolder.Lease third = lease("c", 0);
    holder.closeIdle();
    assertThat(EVENTS).noneMatch(event -> event.startsWith("close"));
    first.close();
    second.close();
    third.close();
    holder.closeIdle();
    assertThat(EVENTS).contains("close a", "close b", "close c");
  }

  @Test
  void modelThatCannotBeOpenedIsTriedAgain() {
    ModelSource broken = new FakeSource("broken");
    assertThatThrownBy(() -> holder.lease(broken, version(0), () -> new float[0]))
        .hasMessage("broken");
    assertThatThrownBy(() -> holder.lease(broken, version(0), () -> new float[0]))
        .hasMessage("broken");
    lease("m", 0).close();
    assertThat(EVENTS).containsExactly("open m", "load m 0");
  }

  private ReplicaHolder.Lease lease(String key, int step) {
    return holder.lease(new FakeSource(key), version(step), () -> new float[] {step});
  }

  private static ParameterVersion version(int step) {
    return new ParameterVersion("run", step);
  }

  private record FakeSource(String key) implements ModelSource {
    @Override
    public ResidentModel open() {
      if (key.equals("broken")) {
        throw new IllegalStateException("broken");
      }
      EVENTS.add("open " + key);
      return new FakeModel(key);
    }
  }

  private record FakeModel(String key) implements ResidentModel {
    @Override
    public LoadedParameters load(float[] theta) {
      String name = key + " " + (int) theta[0];
      EVENTS.add("load " + name);
      return new FakeParameters(name, new Object());
    }

    @Override
    public void close() {
      EVENTS.add("close " + key);
    }
  }

  private record FakeParameters(String name, Object identity) implements LoadedParameters {
    @Override
    public GroupSum gradient(List<TokenBatch> microBatches, double denominator) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Generator generator(Tokenizer tokenizer, int task) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TargetScores targetScores(TokenBatch batch) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      EVENTS.add("close " + name);
    }
  }
}
