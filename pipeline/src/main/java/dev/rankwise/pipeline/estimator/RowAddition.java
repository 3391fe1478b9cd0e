package dev.rankwise.pipeline.estimator;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Adds what a model says of the rows of a partition as they stream by, in their order. */
final class RowAddition implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** Characters of texts and bytes of pictures beyond which no further row is held. */
  private static final long WINDOW_CHARACTERS = 4L << 20;

  /**
   * What a model reads of a row.
   *
   * @param text its text; null where it has none
   * @param image what it has in its column of pictures, as bytes; null where it has none
   * @param task what it has in its column of tasks; null where it has none
   */
  record Content(String text, byte[] image, String task) {}

  /** What a model says of rows. */
  @FunctionalInterface
  interface Answers extends Serializable {

    /** The values of the added columns for each row, in their order. */
    List<Object[]> of(List<Content> rows);
  }

  /** Place of a column that a row does not have. */
  static final int NONE = -1;

  private final Answers answers;
  private final int textPlace;
  private final int imagePlace;
  private final int taskPlace;
  private final int windowRows;

  /**
   * @param textPlace place of the text in a row, or {@value #NONE}
   * @param imagePlace place of its pictures, or {@value #NONE}
   * @param taskPlace place of its task, or {@value #NONE}
   * @param windowRows rows that are held and answered at once
   */
  RowAddition(Answers answers, int textPlace, int imagePlace, int taskPlace, int windowRows) {
    this.answers = answers;
    this.textPlace = textPlace;
    this.imagePlace = imagePlace;
    this.taskPlace = taskPlace;
    this.windowRows = windowRows;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Answered(rows);
  }

  private final class Answered implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Deque<Row> ready = new ArrayDeque<>();

    Answered(Iterator<Row> rows) {
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
        answerWindow();
      }
      return ready.remove();
    }

    private void answerWindow() {
      List<Row> window = new ArrayList<>();
      List<Content> contents = new ArrayList<>();
      long characters = 0;
      while (rows.hasNext() && window.size() < windowRows && characters < WINDOW_CHARACTERS) {
        Row row = rows.next();
        String text = textPlace == NONE ? null : row.getString(textPlace);
        byte[] image = imagePlace == NONE ? null : row.getAs(imagePlace);
        characters += text == null ? 0 : text.length();
        characters += image == null ? 0 : image.length;
        window.add(row);
        contents.add(new Content(text, image, taskPlace == NONE ? null : row.getString(taskPlace)));
      }
      List<Object[]> added = answers.of(contents);
      for (int i = 0; i < window.size(); i++) {
        ready.add(joined(window.get(i), added.get(i)));
      }
    }
  }

  private static Row joined(Row row, Object[] added) {
    int width = row.length();
    Object[] fields = new Object[width + added.length];
    for (int i = 0; i < width; i++) {
      fields[i] = row.get(i);
    }
    System.arraycopy(added, 0, fields, width, added.length);
    return RowFactory.create(fields);
  }
}
