//! Every path that a source file names: in `use` trees, in types and expressions, inside macros and attributes. Paths are
//! resolved as far as one file allows: `self`, `super`, and what the file itself imports, aliases included.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// From the root of this crate: `crate::core::run` is `["core", "run"]`.
    Ours(Vec<String>),
    /// From another crate, its name first; or something local, which no rule asks about.
    Theirs(Vec<String>),
}

/// One naming of a path.
#[derive(Debug, Clone)]
pub struct Naming {
    pub named: Named,
    pub line: usize,
    /// A `use` of everything below the path.
    pub glob: bool,
    /// Stands in code that is compiled for tests only.
    pub test: bool,
}

/// A path as written.
#[derive(Debug, Clone)]
struct Written {
    segments: Vec<String>,
    line: usize,
    glob: bool,
    test: bool,
    /// The modules around it, from the crate's root.
    module: Vec<String>,
    /// Begins with `::`, or is a `use`: the first name is not one that the file imports.
    absolute: bool,
}

/// What a file says: its namings, and the modules that it declares for tests only.
#[derive(Debug, Default)]
pub struct File {
    pub namings: Vec<Naming>,
    pub test_modules: Vec<Vec<String>>,
}

/// Reads one file. `module` is its place in the crate; `test` says that its parent declares it for tests only.
pub fn read(text: &str, module: &[String], test: bool) -> syn::Result<File> {
    let file = syn::parse_file(text)?;
    let mut walk = Walk { module: module.to_vec(), test: usize::from(test), ..Walk::default() };
    walk.visit_file(&file);
    let mut namings = Vec::new();
    for written in &walk.written {
        for named in walk.resolve(written, 0) {
            namings.push(Naming { named, line: written.line, glob: written.glob, test: written.test });
        }
    }
    Ok(File { namings, test_modules: walk.test_modules })
}

#[derive(Default)]
struct Walk {
    module: Vec<String>,
    test: usize,
    written: Vec<Written>,
    /// Name in this file -> what it imports (a name may be imported in several scopes).
    imports: HashMap<String, Vec<Written>>,
    test_modules: Vec<Vec<String>>,
}

impl Walk {
    fn write(&mut self, segments: Vec<String>, line: usize, absolute: bool) {
        let written = Written { segments, line, glob: false, test: self.test > 0, module: self.module.clone(), absolute };
        self.written.push(written);
    }

    fn resolve(&self, written: &Written, depth: usize) -> Vec<Named> {
        let (mut module, mut rest) = (written.module.clone(), written.segments.as_slice());
        let Some(first) = rest.first() else { return Vec::new() };
        match first.as_str() {
            "crate" => return vec![Named::Ours(rest[1..].to_vec())],
            // The binary names the library so.
            "switchtower" if module.is_empty() => return vec![Named::Ours(rest[1..].to_vec())],
            "self" | "super" => {
                while let Some(step) = rest.first().filter(|name| *name == "self" || *name == "super") {
                    if step == "super" {
                        module.pop();
                    }
                    rest = &rest[1..];
                }
                module.extend_from_slice(rest);
                return vec![Named::Ours(module)];
            }
            _ => {}
        }
        let imported = self.imports.get(first).filter(|_| !written.absolute && depth < 8);
        let candidates = imported.into_iter().flatten().filter(|import| !import.test || written.test);
        let mut found: Vec<Named> = Vec::new();
        for import in candidates {
            let mut longer = import.clone();
            longer.segments.extend_from_slice(&rest[1..]);
            // `use a::a` and `use serde` would lead back to themselves.
            longer.absolute = import.segments.first() == Some(first);
            found.extend(self.resolve(&longer, depth + 1));
        }
        if found.is_empty() {
            found.push(Named::Theirs(rest.to_vec()));
        }
        found
    }

    fn use_tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>, outer: bool) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.use_tree(&part.tree, path, outer);
            }
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.use_tree(item, path.clone(), outer);
                }
            }
            syn::UseTree::Glob(star) => {
                self.write(path, star.star_token.spans[0].start().line, outer);
                self.written.last_mut().unwrap().glob = true;
            }
            syn::UseTree::Name(name) => self.import(path, &name.ident, &name.ident, outer),
            syn::UseTree::Rename(name) => self.import(path, &name.ident, &name.rename, outer),
        }
    }

    fn import(&mut self, mut path: Vec<String>, ident: &syn::Ident, name: &syn::Ident, outer: bool) {
        let named = if ident == "self" { path.last().cloned().unwrap_or_default() } else { ident.to_string() };
        if ident != "self" || path.is_empty() {
            path.push(ident.to_string());
        }
        let name = if name == "self" { named } else { name.to_string() };
        self.write(path, ident.span().start().line, outer);
        self.imports.entry(name).or_default().push(self.written.last().unwrap().clone());
    }

    /// Paths inside a macro or an attribute: names joined by `::`, at any depth of brackets.
    fn tokens(&mut self, tokens: TokenStream, strings: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let colons = |at: usize| (0..2).all(|i| matches!(tokens.get(at + i), Some(TokenTree::Punct(p)) if p.as_char() == ':'));
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream(), strings),
                TokenTree::Literal(text) if strings => {
                    // A path in a string, as serde's attributes have it.
                    let text = text.to_string();
                    let path = text.trim_matches('"').split("::").map(str::to_owned).collect::<Vec<_>>();
                    if text.starts_with('"') && path.len() > 1 {
                        self.write(path, token.span().start().line, false);
                    }
                }
                TokenTree::Ident(first) => {
                    let (mut path, absolute) = (vec![first.to_string()], at >= 2 && colons(at - 2));
                    while colons(at + 1)
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.write(path, token.span().start().line, absolute);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }

    fn within_test(&mut self, test: bool, visit: impl FnOnce(&mut Self)) {
        self.test += usize::from(test);
        visit(self);
        self.test -= usize::from(test);
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.within_test(attributes(item).iter().any(is_test_only), |walk| visit::visit_item(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within_test(item.attrs.iter().any(is_test_only), |walk| visit::visit_impl_item_fn(walk, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        if self.test > 0 {
            self.test_modules.push(self.module.clone());
        }
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // Nothing else in the file decides what the first name of a `use` with `::` before it is.
        self.use_tree(&item.tree, Vec::new(), item.leading_colon.is_some());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
        self.import(Vec::new(), &item.ident, name, true);
    }

    /// `pub(crate)` and `pub(in crate::x)` name nothing that is used.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A lone name is a local one, or was imported by a `use` that is looked at itself.
        if segments.len() > 1 {
            self.write(segments, path.segments[0].ident.span().start().line, path.leading_colon.is_some());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        // `<Type>::function` and `<Type as Trait>::function` are namings of `Type::function` too.
        if let Some(syn::Type::Path(own)) = path.qself.as_ref().map(|own| &*own.ty) {
            let last = path.path.segments.last().unwrap().ident.to_string();
            let mut segments: Vec<String> = own.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            segments.push(last);
            self.write(segments, path.path.segments[0].ident.span().start().line, own.path.leading_colon.is_some());
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone(), false);
        visit::visit_macro(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if !attribute.path().is_ident("doc") {
            let tokens = match &attribute.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            self.tokens(tokens, true);
            visit::visit_attribute(self, attribute);
        }
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, and nothing that is compiled for other reasons too.
fn is_test_only(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg") && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
}
