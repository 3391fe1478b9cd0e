package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.shard.ExampleKind;
import java.util.List;

/** What a task makes of ordered rows: the training split, then the held-out one. */
interface TaskExamples extends AutoCloseable {

  ExampleKind kind();

  /** Labels in class order; empty where examples have none. */
  List<String> labels();

  List<SplitExamples> splits();

  @Override
  void close();
}
