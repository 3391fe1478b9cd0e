"""One night for Apache Airflow: copy this file into the folder of DAGs, change the paths and the connection.

Airflow runs spark-submit with the one jar; nothing of Python goes to Spark. Parsed by Airflow 2.10.5 with its
Spark provider 5.3.4 (.ci/schedules); no scheduler ran it here.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

with DAG(
    dag_id="rankwise_nightly_tickets",
    description="Tune an adapter on new rows",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    # A night takes all rows that are new; one that was missed is not caught up on by itself.
    catchup=False,
    # A second night in one folder would leave with exit code 8.
    max_active_runs=1,
) as dag:
    SparkSubmitOperator(
        task_id="night",
        name="rankwise nightly tickets",
        # Its host names the master with its scheme, spark://MASTER or yarn, and its port stands beside it.
        conn_id="spark_default",
        application="/opt/rankwise/rankwise.jar",
        java_class="dev.rankwise.jobs.Rankwise",
        properties_file="/opt/rankwise/conf/spark-standalone.conf",
        application_args=[
            "nightly",
            "/etc/rankwise/tickets.yaml",
            "--out",
            "hdfs:///rankwise/tickets",
        ],
        # A night that is begun again goes on from the step where it stopped. Airflow does not tell exit codes
        # apart: what the recipe or a gate is at fault for is tried again too, and ends as before within seconds.
        retries=2,
        retry_delay=timedelta(minutes=10),
    )
