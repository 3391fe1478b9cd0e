package dev.rankwise.pipeline.estimator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.SparkSession;

/**
 * What Spark ML writes of a stage: its class, uid and parameters, as one line of JSON.
 *
 * @param folder the stage's folder, for messages
 * @param json the line
 */
record StageMetadata(String folder, JsonNode json) {
  private static final String FOLDER = "metadata";

  /**
   * Loads saved estimators, which are their uid and their parameters.
   *
   * @param made an estimator of a uid
   */
  static <E extends Estimator<?>> MLReader<E> reader(Class<E> type, Function<String, E> made) {
    return new Reader<>(type, made);
  }

  private static final class Reader<E extends Estimator<?>> extends MLReader<E> {
    private final Class<E> type;
    private final Function<String, E> made;

    Reader(Class<E> type, Function<String, E> made) {
      this.type = type;
      this.made = made;
    }

    @Override
    public E load(String path) {
      StageMetadata metadata = StageMetadata.read(sparkSession(), path, type);
      E estimator = made.apply(metadata.uid());
      metadata.applyTo(estimator);
      return estimator;
    }
  }

  /**
   * Reads the metadata of a saved stage.
   *
   * @param type the class that must have been saved
   */
  static StageMetadata read(SparkSession spark, String folder, Class<?> type) {
    String line = line(spark, folder);
    StageMetadata metadata = new StageMetadata(folder, parsed(folder, line));
    String found = metadata.json.path("class").asText();
    if (!found.equals(type.getName())) {
      throw new UserInputException(
          "Cannot load \"%s\" as %s: it holds \"%s\"; load it with that class or with PipelineModel"
              .formatted(folder, type.getName(), found));
    }
    return metadata;
  }

  /** The uid that the stage had. */
  String uid() {
    return json.path("uid").asText();
  }

  /** The text of a parameter: the one set, else the default; empty for neither. */
  String text(String param) {
    JsonNode set = json.path("paramMap").path(param);
    return (set.isMissingNode() ? json.path("defaultParamMap").path(param) : set).asText();
  }

  /** Gives {@code stage} the parameters that the saved one had, defaults and set ones apart. */
  void applyTo(Params stage) {
    each(stage, "defaultParamMap", stage::setDefault);
    each(stage, "paramMap", stage::set);
  }

  private void each(Params stage, String map, BiConsumer<Param<Object>, Object> set) {
    for (Map.Entry<String, JsonNode> entry : json.path(map).properties()) {
      if (!stage.hasParam(entry.getKey())) {
        throw corrupt(folder, "this version knows no parameter \"" + entry.getKey() + "\"", null);
      }
      Param<Object> param = stage.getParam(entry.getKey());
      set.accept(param, value(param, entry.getValue()));
    }
  }

  private Object value(Param<Object> param, JsonNode value) {
    try {
      return param.jsonDecode(value.toString());
    } catch (Exception e) {
      // Spark's decoder throws a checked exception that it does not declare.
      throw corrupt(
          folder, "parameter \"" + param.name() + "\" cannot be read: " + e.getMessage(), e);
    }
  }

  private static String line(SparkSession spark, String folder) {
    Path path = new Path(folder, FOLDER);
    try {
      if (!path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path)) {
        throw new UserInputException(
            "Cannot load \"%s\": it holds no folder \"%s\"; name a folder that a stage was saved in"
                .formatted(folder, FOLDER));
      }
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot load \"%s\": %s; check the address".formatted(folder, e.getMessage()), e);
    }
    return spark.read().textFile(path.toString()).first();
  }

  private static JsonNode parsed(String folder, String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (JsonProcessingException e) {
      throw corrupt(folder, "it is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static CorruptFileException corrupt(String folder, String problem, Exception cause) {
    return new CorruptFileException(
        "Cannot use the metadata in \"%s\": %s; save the stage again".formatted(folder, problem),
        cause);
  }
}
