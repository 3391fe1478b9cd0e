package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.DataException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestLabelSet {

  @Test
  void occurringLabelsAreSortedAndDistinct() {
    LabelSet set = LabelSet.sorted(List.of("food", "act", "food", "Tops", "act"));

    assertThat(set.labels()).containsExactly("Tops", "act", "food");
    assertThat(set.size()).isEqualTo(3);
  }

  @Test
  void givenLabelsKeepTheirClassOrder() {
    LabelSet set = new LabelSet(List.of("positive", "negative"));

    assertThat(set.indexes()).containsExactly(Map.entry("positive", 0), Map.entry("negative", 1));
  }

  @Test
  void oneLabelOnlyIsRefused() {
    assertThatThrownBy(() -> LabelSet.sorted(List.of("food", "food")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot learn classes from rows with one label only (at least 2 labels are needed among"
                + " the training rows); check the label column and how rows are split");
  }

  @Test
  void noLabelIsRefused() {
    assertThatThrownBy(() -> new LabelSet(List.of()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot learn classes from rows with no label (");
  }

  @Test
  void repeatedLabelIsRefused() {
    assertThatThrownBy(() -> new LabelSet(List.of("a", "b", "a")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Invalid label set: 3 labels, of which 2 are different (each must stand once); remove"
                + " the repetitions");
  }

  @Test
  void thousandsOfLabelsPointToAWrongColumn() {
    List<String> labels =
        IntStream.rangeClosed(0, LabelSet.MAXIMUM_LABELS).mapToObj(i -> "label" + i).toList();

    assertThatThrownBy(() -> LabelSet.sorted(labels))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot learn more than 10000 classes: the label column holds more different values;"
                + " check that it is the label and not the text or the key");
    assertThat(LabelSet.sorted(labels.subList(1, labels.size())).size())
        .isEqualTo(LabelSet.MAXIMUM_LABELS);
  }
}
