//! What `sqlparser`'s tree says that a statement does, in the classifier's words: a second opinion for
//! the tests. Says nothing where the tree has no counterpart.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation as Op, AlterTypeOperation, ColumnOption,
    ColumnOptionDef, DataType, KeyOrIndexDisplay, ObjectType, SetExpr, Statement, TableConstraint,
};

/// The kinds of change, one for each action.
pub(super) fn changes(statement: &Statement) -> Option<Vec<&'static str>> {
    let one = |change| Some(vec![change]);
    match statement {
        Statement::AlterTable(alter) => Some(alter.operations.iter().map(operation).collect()),
        Statement::Drop { object_type, names, .. } => Some(vec![drop(*object_type)?; names.len()]),
        Statement::DropFunction(drop) => Some(vec!["drop-function"; drop.func_desc.len()]),
        Statement::DropProcedure { proc_desc, .. } => Some(vec!["drop-function"; proc_desc.len()]),
        Statement::DropExtension(drop) => Some(vec!["drop-extension"; drop.names.len()]),
        Statement::DropDomain(_) => one("drop-type"),
        Statement::DropTrigger(_) => one("drop-trigger"),
        Statement::DropPolicy(_) => one("drop-policy"),
        Statement::Truncate(truncate) => Some(vec!["truncate"; truncate.table_names.len()]),
        Statement::Lock(lock) => Some(vec!["lock-table"; lock.tables.len()]),
        Statement::RenameTable(renames) => Some(vec!["rename-table"; renames.len()]),
        Statement::AlterIndex { .. } => one("rename-index"),
        Statement::AlterType(alter) => one(match alter.operation {
            AlterTypeOperation::Rename(_) => "alter-type",
            AlterTypeOperation::AddValue(_) => "add-enum-value",
            AlterTypeOperation::RenameValue(_) => "rename-enum-value",
        }),
        Statement::AlterSchema(_) => one("alter-schema"),
        Statement::AlterView { .. } => one("alter-view"),
        Statement::AlterFunction(_) => one("alter-function"),
        Statement::AlterPolicy(_) => one("alter-policy"),
        Statement::AlterRole { .. } | Statement::AlterUser(_) => one("alter-other"),
        Statement::CreateTable(_) | Statement::CreateVirtualTable { .. } => one("create-table"),
        Statement::CreateIndex(_) => one("create-index"),
        Statement::CreateView(_) => one("create-view"),
        Statement::CreateType { .. } | Statement::CreateDomain(_) => one("create-type"),
        Statement::CreateSchema { .. } => one("create-schema"),
        Statement::CreateDatabase { .. } => one("create-database"),
        Statement::CreateSequence { .. } => one("create-sequence"),
        Statement::CreateFunction(_) | Statement::CreateProcedure { .. } => one("create-function"),
        Statement::CreateTrigger(_) => one("create-trigger"),
        Statement::CreateExtension(_) => one("create-extension"),
        Statement::CreatePolicy(_) => one("create-policy"),
        Statement::CreateRole(_) | Statement::CreateUser(_) | Statement::CreateServer(_) => {
            one("create-other")
        }
        Statement::Query(query) => one(body(&query.body)),
        Statement::Insert(_) => one("insert"),
        Statement::Update(_) => one("update"),
        Statement::Delete(_) => one("delete"),
        Statement::Merge(_) => one("merge"),
        Statement::Copy { to: true, .. } => one("select"),
        Statement::Copy { .. } => one("copy"),
        Statement::Grant(_) => one("grant"),
        Statement::Revoke(_) => one("revoke"),
        Statement::Comment { .. } => one("comment"),
        Statement::Set(_)
        | Statement::Use(_)
        | Statement::Pragma { .. }
        | Statement::Reset(_)
        | Statement::ShowVariable { .. }
        | Statement::Discard { .. } => one("set"),
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. } => one("transaction"),
        Statement::Call(_) => one("call"),
        Statement::Vacuum(_) | Statement::Analyze(_) | Statement::OptimizeTable { .. } => one("maintenance"),
        Statement::Explain { analyze: true, statement, .. } => changes(statement),
        Statement::Explain { options: None, .. } | Statement::ExplainTable { .. } => one("select"),
        _ => None,
    }
}

fn body(body: &SetExpr) -> &'static str {
    match body {
        SetExpr::Insert(_) => "insert",
        SetExpr::Update(_) => "update",
        SetExpr::Delete(_) => "delete",
        SetExpr::Merge(_) => "merge",
        SetExpr::Select(select) if select.into.is_some() => "create-table",
        _ => "select",
    }
}

fn drop(object: ObjectType) -> Option<&'static str> {
    Some(match object {
        ObjectType::Table => "drop-table",
        ObjectType::View | ObjectType::MaterializedView => "drop-view",
        ObjectType::Index => "drop-index",
        ObjectType::Schema => "drop-schema",
        ObjectType::Database => "drop-database",
        ObjectType::Sequence => "drop-sequence",
        ObjectType::Type => "drop-type",
        ObjectType::Role | ObjectType::User | ObjectType::Collation => "drop-other",
        _ => return None,
    })
}

fn operation(operation: &Op) -> &'static str {
    match operation {
        Op::AddColumn { .. } => "add-column",
        Op::AddConstraint { constraint, .. } => match constraint {
            TableConstraint::Index(_) | TableConstraint::FulltextOrSpatial(_) => "create-index",
            TableConstraint::Unique(unique)
                if unique.name.is_none() && unique.index_type_display != KeyOrIndexDisplay::None =>
            {
                "create-index"
            }
            _ => "add-constraint",
        },
        Op::DropColumn { column_names, .. } if column_names.len() == 1 => "drop-column",
        Op::DropConstraint { .. } | Op::DropPrimaryKey { .. } | Op::DropForeignKey { .. } => {
            "drop-constraint"
        }
        Op::DropIndex { .. } => "drop-index",
        Op::RenameColumn { .. } => "rename-column",
        Op::RenameTable { .. } => "rename-table",
        Op::RenameConstraint { .. } => "rename-constraint",
        Op::ChangeColumn { old_name, new_name, .. } if old_name.value != new_name.value => "rename-column",
        Op::ChangeColumn { .. } | Op::ModifyColumn { .. } => "alter-column-type",
        Op::ValidateConstraint { .. } => "validate-constraint",
        Op::AlterColumn { op, .. } => match op {
            AlterColumnOperation::SetNotNull => "set-not-null",
            AlterColumnOperation::DropNotNull => "drop-not-null",
            AlterColumnOperation::SetDefault { .. } => "set-default",
            AlterColumnOperation::DropDefault => "drop-default",
            AlterColumnOperation::SetDataType { .. } => "alter-column-type",
            AlterColumnOperation::AddGenerated { .. } => "alter-column",
        },
        Op::AttachPartition { .. } | Op::DetachPartition { .. } | Op::AddPartitions { .. } => {
            "alter-partition"
        }
        _ => "alter-table",
    }
}

/// What a tree says about clauses that locks and data depend on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Clauses {
    pub unique: bool,
    pub concurrently: bool,
    pub filtered: bool,
    /// Of each constraint that is added: whether it is NOT VALID, and its kind.
    pub constraints: Vec<(Option<&'static str>, bool)>,
    /// The names that an index or an INSERT lists, where all are names.
    pub columns: Option<Vec<String>>,
}

/// The clauses of the statements that have any.
pub(super) fn clauses(statement: &Statement) -> Option<Clauses> {
    let none = Clauses {
        unique: false,
        concurrently: false,
        filtered: false,
        constraints: Vec::new(),
        columns: None,
    };
    match statement {
        Statement::CreateIndex(index) => Some(Clauses {
            unique: index.unique,
            concurrently: index.concurrently,
            columns: index
                .columns
                .iter()
                .map(|column| match &column.column.expr {
                    sqlparser::ast::Expr::Identifier(name) => Some(name.value.clone()),
                    _ => None,
                })
                .collect(),
            ..none
        }),
        Statement::Update(update) => {
            let filtered = update.selection.is_some() || update.limit.is_some();
            Some(Clauses { filtered, ..none })
        }
        Statement::Delete(delete) => {
            let filtered = delete.selection.is_some() || delete.limit.is_some();
            Some(Clauses { filtered, ..none })
        }
        Statement::AlterTable(alter) => {
            let constraints: Vec<_> = alter
                .operations
                .iter()
                .filter_map(|operation| match operation {
                    Op::AddConstraint { constraint, not_valid } => Some((kind(constraint)?, *not_valid)),
                    _ => None,
                })
                .map(|(kind, not_valid)| (Some(kind), not_valid))
                .collect();
            (!constraints.is_empty()).then_some(Clauses { constraints, ..none })
        }
        _ => None,
    }
}

fn kind(constraint: &TableConstraint) -> Option<&'static str> {
    Some(match constraint {
        TableConstraint::PrimaryKey(_) => "primary-key",
        TableConstraint::ForeignKey(_) => "foreign-key",
        TableConstraint::Check(_) => "check",
        TableConstraint::Unique(unique)
            if unique.name.is_some() || unique.index_type_display == KeyOrIndexDisplay::None =>
        {
            "unique"
        }
        _ => return None,
    })
}

/// What a tree says about a column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnDetail {
    pub data_type: Option<String>,
    pub default: Option<String>,
    pub not_null: bool,
}

/// The columns that an ALTER TABLE defines, one entry for each action that has a type or a default.
pub(super) fn columns(statement: &Statement) -> Vec<ColumnDetail> {
    let Statement::AlterTable(AlterTable { operations, .. }) = statement else { return Vec::new() };
    let options = |data_type: &DataType, options: Vec<&ColumnOption>| ColumnDetail {
        data_type: Some(plain(data_type)).filter(|text| !text.is_empty()),
        default: options.iter().find_map(|option| match option {
            ColumnOption::Default(expression) => Some(plain(expression)),
            _ => None,
        }),
        // A primary key is never null.
        not_null: options
            .iter()
            .any(|option| matches!(option, ColumnOption::NotNull | ColumnOption::PrimaryKey(_))),
    };
    let own = |defs: &'_ [ColumnOptionDef]| defs.iter().map(|def| def.option.clone()).collect::<Vec<_>>();
    operations
        .iter()
        .filter_map(|operation| match operation {
            Op::AddColumn { column_def, .. } => {
                Some(options(&column_def.data_type, own(&column_def.options).iter().collect()))
            }
            Op::ChangeColumn { data_type, options: list, .. }
            | Op::ModifyColumn { data_type, options: list, .. } => {
                Some(options(data_type, list.iter().collect()))
            }
            Op::AlterColumn { op: AlterColumnOperation::SetDataType { data_type, .. }, .. } => {
                Some(options(data_type, Vec::new()))
            }
            Op::AlterColumn { op: AlterColumnOperation::SetDefault { value }, .. } => {
                Some(ColumnDetail { data_type: None, default: Some(plain(value)), not_null: false })
            }
            _ => None,
        })
        .collect()
}

/// Words without case and blanks, as the parser prints them anew.
pub(super) fn plain(value: &impl ToString) -> String {
    value.to_string().chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_uppercase()
}
