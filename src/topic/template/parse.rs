//! The grammar of URI templates (RFC 6570, section 2).

use super::{
    Expression, InvalidTemplate, Modifier, Operator, Part, TEMPLATE_BYTES, TEMPLATE_EXPRESSIONS,
    TEMPLATE_VARIABLES, Variable,
};

/// Longest prefix, in digits (section 2.4.1).
const PREFIX_DIGITS: usize = 4;

/// An expression without an operator (section 3.2.2).
const SIMPLE: Operator = Operator {
    first: "",
    separator: ",",
    named: false,
    bare_names: false,
    reserved: false,
};

const RESERVED: Operator = Operator {
    reserved: true,
    ..SIMPLE
};

const FRAGMENT: Operator = Operator {
    first: "#",
    ..RESERVED
};

const LABEL: Operator = Operator {
    first: ".",
    separator: ".",
    ..SIMPLE
};

const PATH: Operator = Operator {
    first: "/",
    separator: "/",
    ..SIMPLE
};

const PARAMETER: Operator = Operator {
    first: ";",
    separator: ";",
    named: true,
    bare_names: true,
    reserved: false,
};

const QUERY: Operator = Operator {
    first: "?",
    separator: "&",
    bare_names: false,
    ..PARAMETER
};

const CONTINUATION: Operator = Operator {
    first: "&",
    ..QUERY
};

/// Takes a template apart.
pub(super) fn parts(text: &str) -> Result<Box<[Part]>, InvalidTemplate> {
    if text.len() > TEMPLATE_BYTES {
        return Err(InvalidTemplate::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidTemplate::Control);
    }
    let mut reader = Reader {
        text,
        at: 0,
        expressions: 0,
        variables: 0,
    };
    let mut parts = Vec::new();
    while !reader.rest().is_empty() {
        parts.push(reader.part()?);
    }
    Ok(parts.into())
}

/// A template, read up to some byte.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    expressions: usize,
    variables: usize,
}

impl<'t> Reader<'t> {
    fn part(&mut self) -> Result<Part, InvalidTemplate> {
        if self.take('{') {
            return self.expression().map(Part::Expression);
        }
        let literal = self.take_while(|c| !matches!(c, '{' | '}'));
        match literal {
            "" => Err(self.wrong()),
            literal => Ok(Part::Literal(literal.into())),
        }
    }

    /// What stands behind a `{`, up to the `}`.
    fn expression(&mut self) -> Result<Expression, InvalidTemplate> {
        self.expressions += 1;
        if self.expressions > TEMPLATE_EXPRESSIONS {
            return Err(InvalidTemplate::TooManyExpressions);
        }
        let operator = self.operator();
        let mut variables = Vec::new();
        loop {
            variables.push(self.variable()?);
            if self.take('}') {
                let variables = variables.into();
                return Ok(Expression {
                    operator,
                    variables,
                });
            }
            if !self.take(',') {
                return Err(self.wrong());
            }
        }
    }

    fn operator(&mut self) -> &'static Operator {
        let operator = match self.rest().chars().next() {
            Some('+') => &RESERVED,
            Some('#') => &FRAGMENT,
            Some('.') => &LABEL,
            Some('/') => &PATH,
            Some(';') => &PARAMETER,
            Some('?') => &QUERY,
            Some('&') => &CONTINUATION,
            _ => return &SIMPLE,
        };
        self.at += 1;
        operator
    }

    fn variable(&mut self) -> Result<Variable, InvalidTemplate> {
        self.variables += 1;
        if self.variables > TEMPLATE_VARIABLES {
            return Err(InvalidTemplate::TooManyVariables);
        }
        let name = self.name()?.into();
        let modifier = if self.take('*') {
            Modifier::Explode
        } else if self.take(':') {
            Modifier::Prefix(self.prefix()?)
        } else {
            Modifier::Nothing
        };
        Ok(Variable { name, modifier })
    }

    /// Letters, digits, `_` and `%XX`, and dots between them (section 2.3).
    fn name(&mut self) -> Result<&'t str, InvalidTemplate> {
        let from = self.at;
        loop {
            let begin = self.at;
            self.take_while(|c| c == '_' || c.is_ascii_alphanumeric());
            while self.take('%') {
                self.hex_digit()?;
                self.hex_digit()?;
                self.take_while(|c| c == '_' || c.is_ascii_alphanumeric());
            }
            if self.at == begin {
                return Err(self.wrong());
            }
            if !self.take('.') {
                return Ok(&self.text[from..self.at]);
            }
        }
    }

    fn hex_digit(&mut self) -> Result<(), InvalidTemplate> {
        match self.rest().as_bytes().first() {
            Some(digit) if digit.is_ascii_hexdigit() => self.at += 1,
            _ => return Err(self.wrong()),
        }
        Ok(())
    }

    /// A number from 1 to 9999.
    fn prefix(&mut self) -> Result<u16, InvalidTemplate> {
        let begin = self.at;
        let digits = self.take_while(|c| c.is_ascii_digit());
        let fits = digits.len() <= PREFIX_DIGITS && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| fits);
        number.ok_or(InvalidTemplate::Syntax(begin))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !wanted(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn wrong(&self) -> InvalidTemplate {
        InvalidTemplate::Syntax(self.at)
    }
}
