package dev.rankwise.jobs.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.models.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.ModelRegistry.ModelVersionTag;
import org.mlflow.api.proto.ModelRegistry.RegisteredModel;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.Page;

/**
 * The versions of one registered model and their aliases. The client reads both and makes neither,
 * which is done by requests of our own through it.
 *
 * <p>MLflow gives versions numbers of its own, by the order in which it hears of them; a tag holds
 * the run key by which ours are found.
 */
final class ModelVersions {
  private static final int NOT_FOUND = 404;

  private final MlflowServer server;
  private final String model;
  private boolean exists;

  ModelVersions(MlflowServer server, String model) {
    this.server = server;
    this.model = model;
  }

  /** MLflow's numbers of the versions by their run keys. */
  Map<String, String> byRunKey() throws UnsentException {
    Map<String, String> numbers = found();
    exists |= !numbers.isEmpty();
    return numbers;
  }

  private Map<String, String> found() throws UnsentException {
    return server.ask(
        it -> {
          Map<String, String> numbers = new LinkedHashMap<>();
          Page<ModelVersion> page = it.searchModelVersions("name='%s'".formatted(model));
          while (true) {
            for (ModelVersion version : page.getItems()) {
              for (ModelVersionTag tag : version.getTagsList()) {
                if (tag.getKey().equals(RunFacts.RUN_KEY)) {
                  numbers.putIfAbsent(tag.getValue(), version.getVersion());
                }
              }
            }
            if (!page.hasNextPage()) {
              return numbers;
            }
            page = page.getNextPage();
          }
        });
  }

  /**
   * Adds a version, and the model with its first one.
   *
   * @return MLflow's number of it
   */
  String add(SentRun run, String folder, Map<String, String> tags) throws UnsentException {
    if (!exists) {
      make();
    }
    List<Map<String, Object>> told = new ArrayList<>();
    tags.forEach((key, value) -> told.add(Map.of("key", key, "value", value)));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", model);
    fields.put("source", run.artifacts() + "/" + folder);
    fields.put("run_id", run.id());
    fields.put("tags", told);
    String answer = server.ask(it -> it.sendPost("model-versions/create", JsonFile.line(fields)));
    return json(answer).path("model_version").path("version").asText();
  }

  private void make() throws UnsentException {
    server.tell(
        it -> {
          try {
            String unused =
                it.sendPost("registered-models/create", JsonFile.line(Map.of("name", model)));
          } catch (MlflowHttpException e) {
            if (!RunSender.exists(e)) {
              throw e;
            }
          }
        });
    exists = true;
  }

  /** MLflow's number of the version that each alias is on. */
  Map<String, String> aliases() throws UnsentException {
    return server.ask(
        it -> {
          Map<String, String> aliases = new LinkedHashMap<>();
          try {
            RegisteredModel registered = it.getRegisteredModel(model);
            registered
                .getAliasesList()
                .forEach(alias -> aliases.put(alias.getAlias(), alias.getVersion()));
          } catch (MlflowHttpException e) {
            if (e.getStatusCode() != NOT_FOUND) {
              throw e;
            }
          }
          return aliases;
        });
  }

  /** Puts an alias on a version, from wherever it is. */
  void put(String alias, String version) throws UnsentException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", model);
    fields.put("alias", alias);
    fields.put("version", version);
    String unused = server.ask(it -> it.sendPost("registered-models/alias", JsonFile.line(fields)));
  }

  private static JsonNode json(String answer) {
    return StrictJson.parse(answer.getBytes(StandardCharsets.UTF_8), "the answer of MLflow");
  }
}
