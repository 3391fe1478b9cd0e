package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TestBaseNames {

  @Test
  void shortNameOfOursIsTheHubsName() {
    assertThat(BaseNames.inHub("minilm")).isEqualTo("sentence-transformers/all-MiniLM-L6-v2");
    assertThat(BaseNames.here(BaseNames.inHub("minilm"))).isEqualTo("minilm");
  }

  @Test
  void otherNamesStayAsTheyAre() {
    assertThat(BaseNames.inHub("/bases/roberta")).isEqualTo("/bases/roberta");
    assertThat(BaseNames.here("/bases/roberta")).isEqualTo("/bases/roberta");
    assertThat(BaseNames.here("../roberta")).isEqualTo("../roberta");
    assertThat(BaseNames.here("")).isEmpty();
  }

  @Test
  void aRepositoryOfTheHubIsMeantWhereThereIsNoSuchFolder() {
    assertThat(BaseNames.here("org/roberta")).isEqualTo("hf:org/roberta");
    assertThat(BaseNames.here("src/main")).isEqualTo("src/main");
    assertThat(BaseNames.inHub("hf:org/roberta@v1")).isEqualTo("org/roberta");
  }
}
