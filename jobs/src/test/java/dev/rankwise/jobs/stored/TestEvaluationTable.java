package dev.rankwise.jobs.stored;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TestEvaluationTable {
  private static final List<String> LABELS = List.of("cat", "do\u001bg");

  @Test
  void figuresStandSideBySide() {
    String told =
        told(
            ClassificationMetrics.of(LABELS, new long[][] {{1, 3}, {0, 4}}, 8),
            ClassificationMetrics.of(LABELS, new long[][] {{3, 1}, {2, 2}}, 4));

    assertThat(told.lines())
        .contains(
            "8 examples",
            "                  adapter off        after",
            "accuracy               0.6250       0.6250",
            "loss                   1.0000       0.5000",
            "adapter off: the same classifier, and what the base lacks, on the bare base; after: with the adapter",
            "class                     examples precision    recall        F1",
            "cat                              4     0.600     0.750     0.667",
            "Most frequent mistakes",
            "     2 × do?g taken for cat",
            "     1 × cat taken for do?g");
  }

  @Test
  void withoutMistakesNoneAreListed() {
    ClassificationMetrics right =
        ClassificationMetrics.of(LABELS, new long[][] {{2, 0}, {0, 2}}, 1);

    assertThat(told(right, right)).doesNotContain("mistakes");
  }

  @Test
  void oneExampleIsOne() {
    ClassificationMetrics one = ClassificationMetrics.of(LABELS, new long[][] {{1, 0}, {0, 0}}, 1);

    assertThat(told(one, one).lines()).contains("1 example");
  }

  @Test
  void manyClassesAndMistakesAreCutShort() {
    List<String> labels = IntStream.range(0, 53).mapToObj(i -> "class-" + i).toList();
    int[] truth = IntStream.range(0, 53).toArray();
    int[] predicted = IntStream.range(0, 53).map(i -> (i + 1) % 53).toArray();
    ClassificationMetrics wrong = ClassificationMetrics.of(labels, truth, predicted, 1);

    String told = told(wrong, wrong);

    assertThat(told).contains("class-49", "... and 3 more").doesNotContain("class-50 ");
    assertThat(told.lines().filter(line -> line.contains("taken for"))).hasSize(5);
  }

  private static String told(ClassificationMetrics adapterOff, ClassificationMetrics after) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Map<String, ClassificationMetrics> figures = new LinkedHashMap<>();
    figures.put(ComparedModels.ADAPTER_OFF, adapterOff);
    figures.put(ComparedModels.AFTER, after);
    new EvaluationTable(new FigureColumns<>(figures))
        .tell(new RunContext(stream, Clock.systemUTC(), false));
    return out.toString(StandardCharsets.UTF_8);
  }
}
