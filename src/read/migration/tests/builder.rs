use super::*;

#[test]
fn every_builder_method_is_a_change() {
    let case = Case::up(
        r#"const NAME = 'orders';
        await queryRunner.createTable(new Table({ name: NAME, columns: [{ name: 'id', type: 'int' }] }), true);
        await queryRunner.dropTable('posts');
        await queryRunner.renameTable('a', "b");
        await queryRunner.clearTable('logs');
        await queryRunner.addColumn('users', new TableColumn({ name: 'age', type: 'int', isNullable: true }));
        await queryRunner.addColumns('users', [new TableColumn({ name: 'x', type: 'varchar', length: '20' }), { name: 'y', type: 'int', default: 0 }]);
        await queryRunner.renameColumn('users', 'old', 'new');
        await queryRunner.changeColumn('users', 'name', new TableColumn({ name: 'name', type: 'varchar', length: '60' }));
        await queryRunner.changeColumns('users', [{ oldColumn: 'p', newColumn: new TableColumn({ name: 'q', type: 'text' }) }]);
        await queryRunner.dropColumn('users', 'gone');
        await queryRunner.dropColumns('users', ['one', 'two']);
        await queryRunner.createForeignKey('users', new TableForeignKey({ name: 'fk', columnNames: ['post_id'], referencedTableName: 'posts' }));
        await queryRunner.dropForeignKeys('users', ['fk1', 'fk2']);
        await queryRunner.createIndices('users', [new TableIndex({ name: 'ix', columnNames: ['a', 'b'], isConcurrent: true })]);
        await queryRunner.dropIndex('users', 'ix');
        await queryRunner.createPrimaryKey('users', ['id'], 'pk');
        await queryRunner.dropPrimaryKey('users');
        await queryRunner.createView(new View({ name: 'v', expression: 'SELECT 1' }));
        await queryRunner.dropView('v');
        await queryRunner.createSchema('s', true);
        await queryRunner.dropSchema('s', true, true);
        await queryRunner.clearDatabase();
        await queryRunner.commitTransaction();"#,
    );
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
    assert_eq!(
        case.list(),
        [
            "create-table orders no",
            "drop-table posts block",
            "rename-table a block",
            "truncate logs block",
            "add-column users age no",
            "add-column users x no",
            "add-column users y no",
            "rename-column users old block",
            "alter-column users name review",
            "alter-column users p review",
            "drop-column users gone block",
            "drop-column users one block",
            "drop-column users two block",
            "add-constraint users post_id fk no",
            "drop-constraint users fk1 no",
            "drop-constraint users fk2 no",
            "create-index users ix no",
            "drop-index users ix no",
            "add-constraint users pk no",
            "drop-constraint users no",
            "create-view v no",
            "drop-view v review",
            "create-schema s no",
            "drop-schema s block",
            "drop-database block",
            "transaction no",
        ]
    );
    let changes = case.changes();
    let additive: Vec<bool> = changes[4..7].iter().map(|fact| fact.bool(change::ADDITIVE).unwrap()).collect();
    assert_eq!(additive, [true, false, true]);
    assert_eq!(case.at(changes[4], change::NOT_NULL), "true");
    assert_eq!(changes[4].bool(change::NOT_NULL), Some(false));
    assert_eq!(changes[6].text(change::DEFAULT), Some("0"));
    assert_eq!(changes[8].get(change::NEW_NAME), None);
    assert_eq!(changes[8].text(change::TYPE), Some("varchar"));
    assert_eq!(changes[8].text(change::METHOD), Some("changeColumn"));
    assert_eq!(changes[9].text(change::NEW_NAME), Some("q"));
    assert_eq!(changes[16].bool(change::CONCURRENTLY), Some(true));
    assert_eq!(changes[23].bool(change::CASCADE), Some(true));
    assert!(changes.iter().all(|fact| fact.bool(change::HOLES) == Some(false)));
    assert_eq!(case.words(changes[1].span), "dropTable('posts')");
    assert_eq!(case.at(changes[1], change::METHOD), "dropTable");
    assert_eq!(case.at(changes[0], change::TABLE), "orders");
    assert_eq!(case.at(changes[12], change::COLUMN), "two");
}

#[test]
fn a_long_call_is_shown_by_its_first_line() {
    let case = Case::up("await queryRunner.createTable(\n  new Table({\n    name: '注文',\n  }),\n);");
    let fact = case.changes()[0];
    assert_eq!(case.words(fact.span), "createTable(");
    assert_eq!(fact.text(change::TEXT), Some("createTable( new Table({ name: '注文', }), )"));
    assert_eq!(case.at(fact, change::TABLE), "注文");
}

#[test]
fn names_that_are_not_known_are_holes() {
    for body in [
        "await queryRunner.dropColumn(table, 'a');",
        "await queryRunner.dropColumn('t', column.name);",
        "await queryRunner.dropColumn(`${prefix}t`, 'a');",
        "await queryRunner.dropColumns('t', columns);",
        "await queryRunner.dropColumn(...args);",
    ] {
        let case = Case::up(body);
        assert_eq!(case.changes().len(), 1, "{body}");
        assert_eq!(case.changes()[0].bool(change::HOLES), Some(true), "{body}");
        assert_eq!(case.changes()[0].text(change::DESTRUCTIVE), Some("block"));
        let unknown = case.changes()[0].text(change::UNKNOWN);
        assert!(
            unknown.is_some_and(|words| words.contains("is not declared in this file")),
            "{body}: {unknown:?}"
        );
    }
    let case = Case::up(
        "const table = await queryRunner.getTable('t');\n\
         await queryRunner.dropColumn(table!, table.findColumnByName('c'));",
    );
    assert_eq!(case.list(), ["drop-column t c block"]);
    assert_eq!(case.changes()[0].bool(change::HOLES), Some(false));
}

#[test]
fn new_tables_of_the_builder_are_new() {
    let case = Case::up(
        "const t = new Table({ name: 'n' });\n\
         await queryRunner.createTable(t);\n\
         await queryRunner.dropColumn(t, 'a');\n\
         await queryRunner.dropTable('old');",
    );
    assert_eq!(case.list(), ["create-table n no", "drop-column n a no", "drop-table old block"]);
    assert_eq!(case.changes()[1].bool(change::NEW_TABLE), Some(true));
    assert_eq!(case.migration().bool(migration::ADDS), Some(true));
    assert_eq!(case.migration().bool(migration::REMOVES), Some(true));
}

#[test]
fn writes_through_the_orm_are_changes() {
    let case = Case::up(
        "const repo = queryRunner.manager.getRepository(User);\n\
         await repo.save(users);\n\
         await queryRunner.manager.insert('roles', [{ name: 'a' }]);\n\
         await queryRunner.manager.delete(User, 1);\n\
         await queryRunner.manager.clear(Log);\n\
         await queryRunner.manager.createQueryBuilder().update(User).set({ a: 1 }).where('x').execute();\n\
         await queryRunner.connection.createQueryBuilder().delete().from(User).execute();",
    );
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
    assert_eq!(
        case.list(),
        [
            "merge User review",
            "insert roles no",
            "delete User review",
            "truncate Log block",
            "update User review",
            "delete User review",
        ]
    );
}
