package dev.rankwise.datasets.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The language against its reference implementation, and the marks of what the model writes. */
final class TestChatTemplate {

  @TestFactory
  Stream<DynamicTest> templatesRenderAsTheReference() throws IOException {
    JsonNode file;
    try (InputStream in = getClass().getResourceAsStream("/templates/cases.json")) {
      file = new ObjectMapper().readTree(in);
    }
    Map<String, Object> variables = variables(file.path("variables"));
    return StreamSupport.stream(file.path("cases").spliterator(), false)
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.path("name").asText(),
                    () ->
                        assertThat(render(golden.path("template").asText(), variables).text())
                            .isEqualTo(golden.path("expected").asText())));
  }

  @Test
  void whatTheModelWritesIsMarked() {
    ChatTemplate template =
        ChatTemplate.of(
            "{% for m in messages %}{{ m.role }}:"
                + "{% generation %}{{ m.content }}.{% endgeneration %}\n{% endfor %}");
    List<Object> messages =
        List.of(
            Map.of("role", "a", "content", "one"), Map.of("role", "b", "content", "\ud83d\ude00"));

    ChatTemplate.Rendered rendered =
        template.render(Map.of("messages", messages), TemplateBounds.of(0, 0));

    assertThat(template.marksGeneration()).isTrue();
    assertThat(rendered.generated())
        .extracting(part -> rendered.text().substring(part[0], part[1]))
        .containsExactly("one.", "\ud83d\ude00.");
  }

  @Test
  void aTemplateWithoutMarksSaysSo() {
    assertThat(ChatTemplate.of("{{ 1 }}").marksGeneration()).isFalse();
  }

  @Test
  void variablesAreNeverChanged() {
    Map<String, Object> entry = new LinkedHashMap<>(Map.of("a", 1L));
    List<Object> list = new ArrayList<>(List.of(3L, 1L, 2L));

    render(
        "{% set x = l|sort %}{% set l = l + [4] %}{% set d = dict(d, a=2) %}{{ x }}{{ l }}{{ d }}",
        Map.of("l", list, "d", entry));

    assertThat(list).containsExactly(3L, 1L, 2L);
    assertThat(entry).containsExactly(Map.entry("a", 1L));
  }

  private static ChatTemplate.Rendered render(String source, Map<String, Object> variables) {
    return ChatTemplate.of(source).render(variables, TemplateBounds.of(0, 0));
  }

  private static Map<String, Object> variables(JsonNode node) {
    Map<String, Object> variables = new LinkedHashMap<>();
    node.properties().forEach(entry -> variables.put(entry.getKey(), value(entry.getValue())));
    return variables;
  }

  private static Object value(JsonNode node) {
    if (node.isObject()) {
      return variables(node);
    }
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(value(item)));
      return list;
    }
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isIntegralNumber()) {
      return node.longValue();
    }
    return node.isNull() ? null : (Object) node.doubleValue();
  }
}
