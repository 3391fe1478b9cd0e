package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.pipeline.estimator.RowAddition.Content;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.api.java.UDF1;

/**
 * What a model says of one text or picture, as a function of SQL. A function sees one row at a
 * time, so each row is a forward pass of its own.
 */
final class RowFunction implements UDF1<Object, String> {
  private static final long serialVersionUID = 1L;

  /** What the function is given. */
  enum Reads {
    /** A text. */
    TEXT,
    /** A picture's file as bytes, or its path. */
    PICTURE
  }

  private final RowAddition.Answers answers;
  private final Reads reads;

  RowFunction(RowAddition.Answers answers, Reads reads) {
    this.answers = answers;
    this.reads = reads;
  }

  @Override
  public String call(Object value) {
    return (String) answers.of(List.of(content(value))).get(0)[0];
  }

  private Content content(Object value) {
    if (value == null) {
      return new Content(null, null, null);
    }
    if (value instanceof String text) {
      return reads == Reads.TEXT
          ? new Content(text, null, null)
          : new Content(null, text.getBytes(StandardCharsets.UTF_8), null);
    }
    if (value instanceof byte[] file && reads == Reads.PICTURE) {
      return new Content(null, file, null);
    }
    throw new DataException(
        "Cannot answer a value of type %s: the function takes %s; cast it, or use transform"
            .formatted(
                value.getClass().getSimpleName(),
                reads == Reads.TEXT ? "a text" : "a picture's file as bytes, or its path"));
  }
}
