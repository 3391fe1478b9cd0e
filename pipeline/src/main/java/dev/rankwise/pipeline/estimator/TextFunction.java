package dev.rankwise.pipeline.estimator;

import java.util.List;
import org.apache.spark.sql.api.java.UDF1;

/**
 * The label of one text, as a function of SQL. A function sees one row at a time, so each row is a
 * forward pass of its own.
 */
final class TextFunction implements UDF1<String, String> {
  private static final long serialVersionUID = 1L;

  private final TextClassifier classifier;

  TextFunction(TextClassifier classifier) {
    this.classifier = classifier;
  }

  @Override
  public String call(String text) {
    int[] ids = classifier.encode(text);
    return ids.length == 0 ? null : classifier.label(classifier.scores(List.of(ids))[0]);
  }
}
