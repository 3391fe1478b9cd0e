package dev.rankwise.pipeline.estimator;

import java.util.Collections;
import org.apache.spark.sql.api.java.UDF1;

/**
 * What a model says of one text, as a function of SQL. A function sees one row at a time, so each
 * row is a forward pass of its own.
 */
final class TextFunction implements UDF1<String, String> {
  private static final long serialVersionUID = 1L;

  private final RowAddition.Answers answers;

  TextFunction(RowAddition.Answers answers) {
    this.answers = answers;
  }

  @Override
  public String call(String text) {
    return (String) answers.of(Collections.singletonList(text)).get(0)[0];
  }
}
