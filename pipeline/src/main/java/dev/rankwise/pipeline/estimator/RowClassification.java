package dev.rankwise.pipeline.estimator;

import dev.rankwise.pipeline.evaluate.ClassScores;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Adds predictions to the rows of a partition as they stream by, in their order. */
final class RowClassification implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** Rows that are held at once: enough to fill forward passes with texts of like lengths. */
  private static final int WINDOW_ROWS = 256;

  /** Characters of their texts beyond which no further row is taken into memory. */
  private static final long WINDOW_CHARACTERS = 4L << 20;

  private final TextClassifier classifier;
  private final int textPlace;
  private final TextColumns columns;

  /**
   * A classification.
   *
   * @param textPlace place of the text in a row
   * @param columns what is added
   */
  RowClassification(TextClassifier classifier, int textPlace, TextColumns columns) {
    this.classifier = classifier;
    this.textPlace = textPlace;
    this.columns = columns;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Classified(rows);
  }

  private final class Classified implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Deque<Row> ready = new ArrayDeque<>();

    Classified(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return !ready.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (ready.isEmpty()) {
        classifyWindow();
      }
      return ready.remove();
    }

    private void classifyWindow() {
      List<Row> window = new ArrayList<>();
      List<int[]> encoded = new ArrayList<>();
      long characters = 0;
      while (rows.hasNext() && window.size() < WINDOW_ROWS && characters < WINDOW_CHARACTERS) {
        Row row = rows.next();
        String text = row.getString(textPlace);
        characters += text == null ? 0 : text.length();
        window.add(row);
        encoded.add(classifier.encode(text));
      }
      Iterator<float[]> scores =
          List.of(classifier.scores(encoded.stream().filter(ids -> ids.length > 0).toList()))
              .iterator();
      for (int i = 0; i < window.size(); i++) {
        ready.add(added(window.get(i), encoded.get(i).length > 0 ? scores.next() : null));
      }
    }
  }

  /** The row with what follows from its scores; with nulls where it has none. */
  private Row added(Row row, float[] scores) {
    int width = row.length();
    Object[] fields = new Object[width + (columns.hasProbability() ? 2 : 1)];
    for (int i = 0; i < width; i++) {
      fields[i] = row.get(i);
    }
    if (scores != null) {
      fields[width] = classifier.label(scores);
      if (columns.hasProbability()) {
        fields[width + 1] = boxed(ClassScores.softmax(scores));
      }
    }
    return RowFactory.create(fields);
  }

  private static Double[] boxed(double[] values) {
    Double[] boxed = new Double[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }
}
