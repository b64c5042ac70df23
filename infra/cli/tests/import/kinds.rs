//! What a file's columns tell about its rows.

use super::support::TestTable;

#[tokio::test]
async fn a_list_of_nothing_but_profile_ids_is_one_of_profiles() {
    let table = TestTable::start().await;
    assert_eq!(
        table.counts("ids.csv", "profile_id\na\nb\n", &[]).await,
        (2, 0)
    );
    assert_eq!(table.sort_keys().await, ["PROFILE", "PROFILE"]);
}

#[tokio::test]
async fn a_list_of_anything_needs_a_kind() {
    let table = TestTable::start().await;
    for (name, content) in [
        (
            "customers.csv",
            "id,name,email,phone,tags,created_at,updated_at\n1,Ann,ann@example.com,555-0101,vip,,\n",
        ),
        (
            "products.csv",
            "id,name,description,is_published,type\n1,Shoe,Red,true,simple\n",
        ),
        (
            "people.csv",
            "id,name,address.country,address.iso,timezone\n1,Ann,Australia,AU,UTC\n",
        ),
        ("phones.csv", "id,phone\n1,555-0100\n"),
        ("ids.csv", "profile_id,name\na,Ann\n"),
        (
            "orders.csv",
            "profile_id,total,currency,channel\na,1,EUR,pos\n",
        ),
        ("other.csv", "a|b\n1|2\n"),
        (
            "people.ndjson",
            "{\"id\":1,\"name\":\"Ann\",\"address\":{\"iso\":\"AU\"}}\n",
        ),
    ] {
        let error = table.refusal(name, content, &[]).await;
        assert!(
            error.starts_with("cannot tell what the rows are by the columns `"),
            "{name}: {error}"
        );
        assert!(
            error.ends_with("say it with --kind profiles, locations, addresses or transactions"),
            "{name}: {error}"
        );
    }
    assert!(table.items().await.is_empty());
    assert_eq!(
        table
            .counts(
                "phones.csv",
                "id,phone\n1,555-0100\n",
                &["--kind", "locations"]
            )
            .await,
        (1, 0)
    );
    assert_eq!(
        table
            .counts("ids.csv", "profile_id\na\n", &["--kind", "profiles"])
            .await,
        (1, 0)
    );
}

#[tokio::test]
async fn columns_that_no_other_list_has_tell_the_kind() {
    let table = TestTable::start().await;
    for (content, kind) in [
        ("joined_at,profile_id\n,a\n", "profiles"),
        (
            "total,transacted_at,transaction_id,profile_id\n1,2026-01-31T10:00:00Z,1,a\n",
            "transactions",
        ),
        ("iso,address_id,profile_id\nAU,home,a\n", "addresses"),
        (
            "id,name,type,address.iso\n1,High Street,store,AU\n",
            "locations",
        ),
        ("id,is_permanently_closed\n1,t\n", "locations"),
        (
            "{\"profile_id\":\"a\"}\n{\"profile_id\":\"b\",\"joined_at\":null}\n",
            "profiles",
        ),
        (
            "{\"id\":1,\"type\":\"store\",\"address\":{\"iso\":\"AU\"}}\n",
            "locations",
        ),
    ] {
        let summary = table.load(&table.file("file", content), &[]).await;
        assert_eq!(
            (summary.kind.to_string(), summary.rejected),
            (kind.to_owned(), 0),
            "{content}"
        );
    }
}

#[tokio::test]
async fn a_header_that_is_wrong_stops_the_load_before_it_begins() {
    let table = TestTable::start().await;
    let good = table.file("good.csv", "profile_id,joined_at\na,\n");
    for (content, reason) in [
        (
            "profile_id,transaction_id,transacted_at,total,brnds\n",
            "unknown column `brnds`: transactions have profile_id, transaction_id, transacted_at, total, currency, total_converted, location_id, channel, is_void, brands, items; leave it out with --ignore-columns 'brnds', or rename it with --rename",
        ),
        (
            "profile_id,transaction_id,total\n",
            "the column `transacted_at` is missing: transactions need it; another name becomes this one with --rename OTHER=transacted_at",
        ),
        (
            "profile_id,joined_at,joined_at\n",
            "the column `joined_at` appears twice",
        ),
        (
            ",profile_id,joined_at\n0,a,\n",
            "a column has no name: data frames write their index so; leave it out with --ignore-columns ''",
        ),
        (
            "profile_id,address_id,transacted_at\n",
            "cannot tell what the rows are: of the columns `profile_id`, `address_id`, `transacted_at` some belong to addresses, others to transactions; say it with --kind",
        ),
        (
            "{broken\n{broken\n",
            "cannot tell what the rows are: none of the first ones can be read; say it with --kind",
        ),
        (
            "{\"profile_id\":\"a\",\"joined_at\":null,\"nme\":1}\n",
            "unknown column `nme`: profiles have profile_id, joined_at, joined_location_id, preferred_location_id; leave it out with --ignore-columns 'nme', or rename it with --rename",
        ),
        ("\n\n", "the file is empty"),
        (
            "\"profile_id\n",
            "the first line is not a header: unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one",
        ),
    ] {
        let bad = table.file("bad", content);
        let words = [good.to_str().unwrap(), bad.to_str().unwrap()];
        let error = super::support::told(&table.import(&words).await.unwrap_err());
        assert_eq!(
            error,
            format!("cannot import `{}`: {reason}", bad.display())
        );
    }
    for absent in [table.path("absent.csv"), table.folder.path().to_owned()] {
        let words = [good.to_str().unwrap(), absent.to_str().unwrap()];
        let error = super::support::told(&table.import(&words).await.unwrap_err());
        assert!(
            error.starts_with(&format!("cannot import `{}`: cannot ", absent.display())),
            "{error}"
        );
    }
    assert!(table.items().await.is_empty());
}

#[tokio::test]
async fn columns_are_renamed_and_ignored() {
    let table = TestTable::start().await;
    let content = ",InvoiceNo,when,who,Sum,StockCode,note\n0,536365,2026-01-31T10:00:00Z,ann,1.5,85123A,\"two\nlines\"\n";
    let flags = [
        "--rename",
        "InvoiceNo=transaction_id",
        "--rename",
        "when=transacted_at",
        "--rename",
        "who=profile_id",
        "--rename",
        "Sum=total",
        "--ignore-columns",
        "StockCode,note,",
    ];
    assert_eq!(table.counts("uci.csv", content, &flags).await, (1, 0));
    assert_eq!(
        table
            .item("PROFILE#ann", "TXN#2026-01-31T10:00:00Z#536365")
            .await,
        r#"{"total":1.5}"#
    );
    let json = "{\"id\":\"1\",\"name\":\"ann\",\"joined\":\"2026-01-31\",\"x\":{}}\n";
    let flags = [
        "--kind",
        "profiles",
        "--rename",
        "id=profile_id",
        "--rename",
        "joined=joined_at",
        "--ignore-columns",
        "name,x",
    ];
    assert_eq!(table.counts("a.ndjson", json, &flags).await, (1, 0));
    assert_eq!(
        table.item("PROFILE#1", "PROFILE").await,
        r#"{"joined_at":"2026-01-31 00:00:00"}"#
    );
    let twice = table
        .refusal(
            "b.csv",
            "profile_id,joined_at,id\n",
            &["--rename", "id=profile_id"],
        )
        .await;
    assert_eq!(twice, "the column `profile_id` appears twice");
}
