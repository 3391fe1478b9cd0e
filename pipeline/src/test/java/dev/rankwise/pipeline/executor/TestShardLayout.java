package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TestShardLayout {

  @Property(tries = 100)
  void everyMicroBatchComesBackAsPlanned(
      @ForAll @IntRange(min = 1, max = 40) int examples,
      @ForAll @IntRange(min = 1, max = 50) int batch,
      @ForAll @IntRange(min = 1, max = 6) int groups,
      @ForAll @IntRange(min = 1, max = 30) int cap,
      @ForAll long seed) {
    int[] lengths = lengths(examples);
    PlanSettings settings =
        new PlanSettings(seed, batch, groups, cap, 2.5, PlanSettings.UNLIMITED, LastStep.KEEP);
    StepPlan plan = new StepPlan(lengths, settings);
    for (int epoch = 0; epoch < plan.epochs(); epoch++) {
      List<PlannedStep> steps = plan.epoch(epoch);
      ShardLayout layout = ShardLayout.of(steps, groups, examples);
      List<GroupShard> shards = shards(layout, lengths);
      for (PlannedStep step : steps) {
        int before = 0;
        for (int group = 0; group < groups; group++) {
          assertThat(shards.get(group).firstMicroBatch(step.index())).isEqualTo(before);
          before += step.groups().get(group).microBatches().size();
          check(step.groups().get(group).microBatches(), shards.get(group), step.index(), lengths);
        }
      }
    }
  }

  private static void check(List<MicroBatch> planned, GroupShard shard, int step, int[] lengths) {
    List<TokenBatch> batches = shard.microBatches(step);
    assertThat(batches).hasSameSizeAs(planned);
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < batches.size(); i++) {
      int sequence = 0;
      for (int position : planned.get(i).positions()) {
        TokenBatch batch = batches.get(i);
        positions.add(position);
        assertThat(batch.labels()[sequence]).isEqualTo(position % 3);
        assertThat(batch.offsets()[sequence + 1] - batch.offsets()[sequence])
            .isEqualTo(lengths[position]);
        assertThat(batch.ids()[batch.offsets()[sequence]]).isEqualTo(position * 100);
        sequence++;
      }
      assertThat(batches.get(i).sequences()).isEqualTo(sequence);
      assertThat(batches.get(i).typeIds()).hasSize(batches.get(i).tokens()).containsOnly(0);
    }
    assertThat(shard.positions(step)).containsExactly(positions.toArray(new Integer[0]));
  }

  /** What the shuffle does: sends each place to its group and sorts by place. */
  private static List<GroupShard> shards(ShardLayout layout, int[] lengths) {
    GroupPartitioner partitioner = new GroupPartitioner(layout.groupStarts());
    List<TreeMap<Integer, TokenExample>> sorted = new ArrayList<>();
    for (int group = 0; group < layout.groups(); group++) {
      sorted.add(new TreeMap<>());
    }
    for (int position = 0; position < lengths.length; position++) {
      for (int place : layout.placesOf(position)) {
        sorted.get(partitioner.getPartition(place)).put(place, example(position, lengths));
      }
    }
    List<GroupShard> shards = new ArrayList<>();
    for (int group = 0; group < layout.groups(); group++) {
      shards.add(layout.assemble(group, List.copyOf(sorted.get(group).values())));
    }
    return shards;
  }

  private static TokenExample example(int position, int[] lengths) {
    int[] ids = new int[lengths[position]];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = position * 100 + i;
    }
    return new TokenExample(position, ids, position % 3);
  }

  private static int[] lengths(int examples) {
    int[] lengths = new int[examples];
    for (int i = 0; i < examples; i++) {
      lengths[i] = 1 + (i * 5) % 9;
    }
    return lengths;
  }

  @Test
  void labelsOfTokensStayWithTheirExample() {
    int[] lengths = {3, 1, 2};
    int[][] labels = {{5, 6, TokenBatch.NONE}, {TokenBatch.NONE}, {7, TokenBatch.NONE}};
    PlannedStep step = StepPlan.wholeOf(lengths, 1, 100);
    ShardLayout layout = ShardLayout.of(List.of(step), 1, 3);
    TreeMap<Integer, TokenExample> sorted = new TreeMap<>();
    for (int position = 0; position < 3; position++) {
      for (int place : layout.placesOf(position)) {
        sorted.put(
            place,
            new TokenExample(position, new int[1], new int[lengths[position]], labels[position]));
      }
    }
    GroupShard shard = layout.assemble(0, List.copyOf(sorted.values()));
    int[] positions = shard.positions(0);
    List<Integer> expected = new ArrayList<>();
    for (int position : positions) {
      for (int label : labels[position]) {
        expected.add(label);
      }
    }
    TokenBatch batch = shard.microBatches(0).get(0);
    assertThat(batch.labels()).containsExactly(expected.stream().mapToInt(i -> i).toArray());
    assertThat(batch.targets()).hasSize(3);
    assertThat(step.targets(new int[] {2, 0, 1})).isEqualTo(3);
  }

  @Test
  void textsOfAnExampleAreSequencesOfTheirOwn() {
    int[] lengths = {5, 3};
    ShardLayout layout = ShardLayout.of(List.of(StepPlan.wholeOf(lengths, 1, 100)), 1, 2);
    TokenExample packed =
        new TokenExample(0, new int[] {0, 2, 4}, new int[] {1, 2, 3, 4, 5}, new int[5]);
    TokenExample single = new TokenExample(1, new int[] {0}, new int[] {6, 7, 8}, new int[3]);
    List<TokenExample> placed = new ArrayList<>(List.of(packed, single));
    placed.sort(Comparator.comparingInt(example -> layout.placesOf(example.position())[0]));

    GroupShard shard = layout.assemble(0, placed);

    TokenBatch batch = shard.microBatches(0).get(0);
    boolean packedFirst = shard.positions(0)[0] == 0;
    assertThat(batch.offsets())
        .containsExactly(packedFirst ? new int[] {0, 2, 4, 5, 8} : new int[] {0, 3, 5, 7, 8});
    assertThat(batch.positions())
        .containsExactly(
            packedFirst ? new int[] {0, 1, 0, 1, 0, 0, 1, 2} : new int[] {0, 1, 2, 0, 1, 0, 1, 0});
    assertThat(shard.examples(0)).isEqualTo(2);
  }

  @Test
  void eachTextHasTheTaskOfItsExample() {
    int[] lengths = {5, 3};
    ShardLayout layout = ShardLayout.of(List.of(StepPlan.wholeOf(lengths, 1, 100)), 1, 2);
    TokenExample packed =
        new TokenExample(0, new int[] {0, 2, 4}, new int[] {1, 2, 3, 4, 5}, new int[5], 1);
    TokenExample single = new TokenExample(1, new int[] {0}, new int[] {6, 7, 8}, new int[3], 4);
    List<TokenExample> placed = new ArrayList<>(List.of(packed, single));
    placed.sort(Comparator.comparingInt(example -> layout.placesOf(example.position())[0]));

    GroupShard shard = layout.assemble(0, placed);

    boolean packedFirst = shard.positions(0)[0] == 0;
    assertThat(shard.microBatches(0).get(0).tasks())
        .containsExactly(packedFirst ? new int[] {1, 1, 1, 4} : new int[] {4, 1, 1, 1});
  }

  @Test
  void shardThatLacksAnExampleIsRefused() {
    ShardLayout layout = ShardLayout.of(List.of(StepPlan.wholeOf(lengths(4), 1, 100)), 1, 4);
    assertThatThrownBy(() -> layout.assemble(0, List.of()))
        .isInstanceOf(InternalException.class)
        .hasMessage(
            "Invalid shard of group 0: 0 examples where the plan has 4; the prepared data changed"
                + " while they were read");
  }

  @Test
  void positionThatThePlanDoesNotKnowIsRefused() {
    ShardLayout layout = ShardLayout.of(List.of(StepPlan.wholeOf(lengths(4), 1, 100)), 1, 4);
    assertThatThrownBy(() -> layout.placesOf(4))
        .isInstanceOf(InternalException.class)
        .hasMessage("Invalid position of an example: 4; the plan was made for 4 examples");
    assertThatThrownBy(() -> layout.placesOf(-1)).isInstanceOf(InternalException.class);
  }

  @Test
  void partitionersAreEqualByTheirGroups() {
    GroupPartitioner partitioner = new GroupPartitioner(new int[] {0, 2, 2, 5});
    assertThat(partitioner.numPartitions()).isEqualTo(3);
    assertThat(partitioner.getPartition(1)).isZero();
    assertThat(partitioner.getPartition(2)).isEqualTo(2);
    assertThat(partitioner)
        .isEqualTo(new GroupPartitioner(new int[] {0, 2, 2, 5}))
        .hasSameHashCodeAs(new GroupPartitioner(new int[] {0, 2, 2, 5}))
        .isNotEqualTo(new GroupPartitioner(new int[] {0, 2, 5}));
  }
}
