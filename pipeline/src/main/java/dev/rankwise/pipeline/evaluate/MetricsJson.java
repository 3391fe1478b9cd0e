package dev.rankwise.pipeline.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.failure.CorruptFileException;
import java.util.ArrayList;
import java.util.List;

/** Reads back what {@link ClassificationMetrics#fields} wrote, and nothing else. */
final class MetricsJson {
  private static final int TRIPLE = 3;

  private final JsonNode json;
  private final String file;

  MetricsJson(JsonNode json, String file) {
    this.json = json;
    this.file = file;
  }

  List<String> labels() {
    List<String> labels = new ArrayList<>();
    for (JsonNode figures : array("classes")) {
      JsonNode label = figures.path("label");
      if (!label.isTextual()) {
        throw corrupt("a class without a label");
      }
      labels.add(label.textValue());
    }
    return labels;
  }

  List<ConfusionCell> cells(int labels) {
    List<ConfusionCell> cells = new ArrayList<>();
    long before = -1;
    for (JsonNode triple : array("confusion")) {
      if (triple.size() != TRIPLE) {
        throw corrupt("an entry of \"confusion\" that is not a triple of numbers");
      }
      long truth = number(triple.get(0), labels);
      long predicted = number(triple.get(1), labels);
      long place = truth * labels + predicted;
      long count = number(triple.get(2), Long.MAX_VALUE);
      if (place <= before || count == 0) {
        throw corrupt("entries of \"confusion\" that are out of order, repeated or empty");
      }
      before = place;
      cells.add(new ConfusionCell((int) truth, (int) predicted, count));
    }
    if (cells.isEmpty()) {
      throw corrupt("an evaluation without an example");
    }
    return cells;
  }

  double lossSum() {
    JsonNode value = json.path("loss_sum");
    if (!value.isNumber() && !value.isNull()) {
      throw corrupt("no number under \"loss_sum\"");
    }
    return value.isNull() ? Double.NaN : value.doubleValue();
  }

  void requireExamples(long counted) {
    if (json.path("examples").asLong(-1) != counted) {
      throw corrupt("a number of examples that its confusion matrix does not add up to");
    }
  }

  private JsonNode array(String key) {
    JsonNode value = json.path(key);
    if (!value.isArray()) {
      throw corrupt("no list under \"" + key + "\"");
    }
    return value;
  }

  private long number(JsonNode value, long below) {
    if (!value.canConvertToExactIntegral() || !value.canConvertToLong()) {
      throw corrupt("an entry of \"confusion\" that is not a whole number");
    }
    long number = value.longValue();
    if (number < 0 || number >= below) {
      throw corrupt("the number " + number + " out of its range in \"confusion\"");
    }
    return number;
  }

  private CorruptFileException corrupt(String what) {
    return new CorruptFileException(
        "Cannot read the evaluation in \""
            + file
            + "\": it holds "
            + what
            + " (the file must be as it was written); delete it and evaluate again");
  }
}
