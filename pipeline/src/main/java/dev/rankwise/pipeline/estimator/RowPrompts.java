package dev.rankwise.pipeline.estimator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Prompts of rows that have one of the forms of training data, read as the preparation reads them,
 * but without the answer.
 *
 * @param form the form
 * @param columns column by the form's own name; a name that is missing is its own column
 */
record RowPrompts(RowForm form, Map<String, String> columns) implements Serializable {
  /** The column that {@link #read(Dataset)} adds: a row's values as a JSON object. */
  static final String COLUMN = "__rankwise_prompt__";

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
              .build());

  RowPrompts {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    for (String name : columns.keySet()) {
      if (!form.needed().contains(name) && !form.optional().contains(name)) {
        throw new UserInputException(
            "Invalid rowColumns: rows of the form \"%s\" have no \"%s\" (must be among %s and %s)"
                .formatted(
                    form.label(),
                    name,
                    String.join(", ", form.needed()),
                    String.join(", ", form.optional())));
      }
    }
  }

  /**
   * Fails if nothing says how such rows are put to a model.
   *
   * @throws UserInputException if the prompts have no chat format
   */
  void requireFormat(PromptTokens prompts) {
    if (prompts.renderer().isEmpty()) {
      throw new UserInputException(
          ("Cannot put rows of the form \"%s\" to the model: no chat format says how; name one of %s in"
                  + " chatFormat")
              .formatted(form.label(), String.join(", ", ChatFormat.labels())));
    }
  }

  /**
   * Prompts as the parameters of a stage name them.
   *
   * @param format name of a form; empty for none
   * @param columns {@code NAME=COLUMN} each
   * @throws UserInputException if there is no such form, or it has no such column
   */
  static Optional<RowPrompts> of(String format, List<String> columns) {
    if (format.isEmpty()) {
      return Optional.empty();
    }
    RowForm form =
        RowForm.named(format)
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Invalid rowFormat: \"%s\" (must be one of %s, or empty)"
                            .formatted(format, String.join(", ", RowForm.labels()))));
    Map<String, String> byName = new LinkedHashMap<>();
    for (String entry : columns) {
      int equals = entry.indexOf('=');
      if (equals < 1) {
        throw new UserInputException(
            "Invalid rowColumns: \"%s\" (must be NAME=COLUMN)".formatted(entry));
      }
      byName.put(entry.substring(0, equals), entry.substring(equals + 1));
    }
    return Optional.of(new RowPrompts(form, byName));
  }

  /**
   * Fails unless the columns are there that a prompt cannot do without.
   *
   * @throws DataException if one is missing, or holds neither texts nor lists
   */
  void requireReadable(StructType schema) {
    names(schema).forEach(name -> requireReadable(schema, column(name)));
  }

  private static void requireReadable(StructType schema, String column) {
    StructField field = schema.fields()[FrameColumns.place(schema, column, "rowColumns")];
    if (!isText(field.dataType()) && !isList(field.dataType())) {
      throw new DataException(
          "Cannot read column \"%s\": its type is %s (must be a string or a list of turns); name"
                  .formatted(column, field.dataType().simpleString())
              + " another in rowColumns or cast it");
    }
  }

  /** The frame with the column {@value #COLUMN}. */
  Dataset<Row> read(Dataset<Row> frame) {
    List<Column> values = new ArrayList<>();
    for (String name : names(frame.schema())) {
      String column = column(name);
      Column value = frame.col("`" + column.replace("`", "``") + "`");
      StructField field =
          frame.schema().fields()[FrameColumns.place(frame.schema(), column, "rowColumns")];
      values.add((isText(field.dataType()) ? value : functions.to_json(value)).as(name));
    }
    return frame.withColumn(
        COLUMN, functions.to_json(functions.struct(values.toArray(Column[]::new))));
  }

  /**
   * The conversation of a row up to where it is to be answered.
   *
   * @param values what the row has in {@value #COLUMN}
   * @throws dev.rankwise.datasets.chat.UnusableRow if it makes none
   */
  Conversation read(String values) {
    Map<String, String> texts = new LinkedHashMap<>();
    try {
      JSON.readTree(values)
          .properties()
          .forEach(value -> texts.put(value.getKey(), value.getValue().textValue()));
    } catch (JsonProcessingException e) {
      throw new InternalException("Spark wrote a row as what is no JSON", e);
    }
    return form.prompt(texts);
  }

  /** Whether a prompt is made of a row's columns rather than found in one. */
  boolean isOfSeveralColumns() {
    return switch (form) {
      case MESSAGES, SHAREGPT, ALPACA -> true;
      case PROMPT_COMPLETION, TEXT -> false;
    };
  }

  /** The column of the form's first part: of a form with a prompt in one column, that one. */
  String first() {
    return column(form.needed().get(0));
  }

  /** The form's names of the columns that are read: the answer's is not. */
  private List<String> names(StructType schema) {
    List<String> names = new ArrayList<>(form.needed());
    form.answer().ifPresent(names::remove);
    List<String> present = List.of(schema.fieldNames());
    form.optional().stream().filter(name -> present.contains(column(name))).forEach(names::add);
    return names;
  }

  private String column(String name) {
    return columns.getOrDefault(name, name);
  }

  private static boolean isText(DataType type) {
    return type.equals(DataTypes.StringType);
  }

  private static boolean isList(DataType type) {
    return type instanceof ArrayType;
  }
}
