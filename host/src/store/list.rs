//! Reading lists that end early where their rows fill a response, so that a list takes no more memory than its room.

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

use crate::model::{LIST_BYTES, ListRow};

/// Collects rows until they have more than [`LIST_BYTES`] together. The rest stays unread.
pub(super) async fn fill<T: ListRow>(
    rows: BoxStream<'_, Result<T, sqlx::Error>>,
) -> Result<Vec<T>, sqlx::Error> {
    fill_to(LIST_BYTES, rows).await
}

/// As [`fill`], with another number of bytes.
pub(super) async fn fill_to<T: ListRow>(
    most: usize,
    mut rows: BoxStream<'_, Result<T, sqlx::Error>>,
) -> Result<Vec<T>, sqlx::Error> {
    let (mut list, mut bytes) = (Vec::new(), 0);
    while bytes <= most
        && let Some(row) = rows.try_next().await?
    {
        bytes += row.size();
        list.push(row);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use futures_util::stream::iter;

    use super::*;

    struct Row(usize);

    impl ListRow for Row {
        fn size(&self) -> usize {
            self.0
        }
    }

    async fn filled(sizes: &[usize]) -> usize {
        fill(iter(sizes.iter().map(|size| Ok(Row(*size)))).boxed()).await.unwrap().len()
    }

    #[tokio::test]
    async fn a_list_ends_with_the_row_that_exceeds_a_response() {
        assert_eq!(filled(&[]).await, 0);
        assert_eq!(filled(&[LIST_BYTES, 0, 1, 1]).await, 3);
        assert_eq!(filled(&[2 * LIST_BYTES, 1]).await, 1);
        assert_eq!(filled(&[1; 500]).await, 500);
    }
}
